// Who is this page to the server, and does the server know that it is still open?
// Every script that speaks to our own routes posts from here.
import { note, shared } from "./shared.js";

const PING_EVERY_MS = 5000;
const ANSWER_WITHIN_MS = 10000;
const NOTICE_MS = 6000;

// The server's own idea of its address survives proxies that put the app below a path.
const root = String(window.gradio_config?.root ?? new URL(".", location.href)).replace(/\/+$/, "");
// What Gradio gives to the invisible part of the page that speaks for the visitor.
let part = null;
let token = null;
let welcomed = null;

class VisitError extends Error {
  // kind: "gone" (no answer), "ended" (unknown visit), "refused" (a sentence from the server).
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

// Whether the server answered when it was last spoken to.
export const connection = shared(true);
const tell = (answers) => answers !== connection.value && connection.set(answers, "visitor");

function readToken() {
  if (part.props.value) token = JSON.parse(part.props.value).token;
  return token;
}

function welcome() {
  welcomed ??= introduce().finally(() => {
    welcomed = null;
  });
  return welcomed;
}

async function introduce() {
  await arrival();
  const before = token;
  token = null;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const timer = setInterval(() => {
      if (readToken() && token !== before) {
        clearInterval(timer);
        resolve(token);
      } else if (performance.now() - started > ANSWER_WITHIN_MS) {
        clearInterval(timer);
        token = null;
        reject(new VisitError("gone", "The server does not answer."));
      }
    }, 50);
    part.trigger("welcome");
  });
}

// A quick visitor may click before Gradio has put our part on the page.
async function arrival() {
  const started = performance.now();
  while (!part) {
    if (performance.now() - started > ANSWER_WITHIN_MS) {
      throw new VisitError("refused", "The page did not load completely. Reload it.");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// signal: aborted when nobody waits for the answer any more.
async function send(path, { query, body, keepalive, signal, within_ms = ANSWER_WITHIN_MS }) {
  const address = root + path + (query ? "?" + new URLSearchParams(query) : "");
  try {
    const response = await fetch(address, {
      method: "POST",
      body,
      keepalive,
      signal: soonest(signal, AbortSignal.timeout(within_ms)),
      headers: { "x-visit": token, "content-type": "application/octet-stream" },
    });
    tell(response.status < 502 || response.status === 503);
    return response;
  } catch {
    if (!signal?.aborted) tell(false);
    throw new VisitError("gone", "The server does not answer.");
  }
}

// Browsers before 2024 cannot join signals; they wait for an answer that nobody wants.
function soonest(signal, timeout) {
  return signal && AbortSignal.any ? AbortSignal.any([signal, timeout]) : timeout;
}

export async function post(path, options = {}) {
  if (!token) await welcome();
  const sentBy = token;
  let response = await send(path, options);
  if (response.status === 410) {
    // The server was restarted, or it took the visit for ended: begin a new one, once, however
    // many requests were on their way.
    if (!token || token === sentBy) await welcome();
    window.dispatchEvent(new CustomEvent("a3-new-visit"));
    response = await send(path, options);
  }
  if (response.ok) return response;
  if (response.status >= 502 && response.status !== 503) {
    throw new VisitError("gone", "The server does not answer.");
  }
  const answer = await response.json().catch(() => ({}));
  const sentence = answer.message ?? "Something went wrong on the server; try again.";
  throw new VisitError("refused", sentence, response.status);
}

function ping() {
  if (!token) return;
  post("/visitor/ping", { query: { hidden: document.hidden ? "1" : "0" } }).catch(() => {
    // The next ping tries again; a tab that needs the server tells the visitor itself.
  });
}

function leave() {
  if (!token) return;
  send("/visitor/leave", { keepalive: true }).catch(() => {
    // The page is closing: the server notices the silence instead.
  });
  token = null;
}

function show(sentence) {
  const notice = part.element.querySelector(".a3-notice");
  notice.textContent = sentence;
  notice.hidden = false;
  setTimeout(() => {
    notice.hidden = true;
  }, NOTICE_MS);
}

// Everything on the page came from data that no longer exist, so the page starts over, and its
// address says nothing of what was looked at.
export function erased() {
  token = null;
  note.leave("erased");
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

// Runs when Gradio has put the panel on the page.
export function start(own) {
  part = own;
  welcome().catch(() => {
    // Whoever posts first tries again and reports.
  });
  setInterval(ping, PING_EVERY_MS);
  document.addEventListener("visibilitychange", ping);
  window.addEventListener("pagehide", leave);
  if (note.take("erased")) show("Everything of your visit was deleted.");
}
