// Gradio's tabs, with what they lack: arrow keys, and a place in the address and the history.
import { address } from "./address.js";

// How long the address of a page that has just come is held to, and how often it is looked at [ms].
// Gradio may not hear the first click yet, or go back to its own first tab.
const ARRIVES_MS = 5000;
const LOOKS_MS = 100;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const all = () => [...document.querySelectorAll("#tabs [role=tab]")].filter((tab) => tab.offsetParent);
const nameOf = (tab) => tab.textContent.trim().toLowerCase();
const selected = () => all().find((tab) => tab.getAttribute("aria-selected") === "true");

let arrives = false;

// Runs once the tabs are on the page; the head may be there before them.
export function startTabs() {
  if (all().length) return listen();
  const observer = new MutationObserver(() => {
    if (!all().length) return;
    observer.disconnect();
    listen();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

function listen() {
  const container = selected().parentElement;
  arrive();
  address.subscribe(({ tab }) => select(tab));
  container.addEventListener("keydown", move);
  new MutationObserver(follow).observe(container, { attributes: true, subtree: true, attributeFilter: ["aria-selected"] });
}

// Until the tab that the address names has stayed open for a while, or the visitor does anything.
function arrive() {
  const name = address.value.tab;
  if (!all().some((tab) => nameOf(tab) === name)) return follow();
  arrives = true;
  const over = new AbortController();
  const settle = (act) => {
    if (act && !act.isTrusted) return; // our own click
    arrives = false;
    clearInterval(looks);
    clearTimeout(end);
    over.abort();
    follow();
  };
  const looks = setInterval(() => select(name), LOOKS_MS);
  const end = setTimeout(settle, ARRIVES_MS);
  // Screen readers click without a pointer and without a key.
  for (const act of ["pointerdown", "keydown", "click", "popstate"]) {
    window.addEventListener(act, settle, { capture: true, signal: over.signal });
  }
  select(name);
  follow();
}

// By whatever way a tab was opened; one that the address named already is no new place.
function follow() {
  const now = selected();
  if (!now) return;
  for (const tab of all()) tab.tabIndex = tab === now ? 0 : -1;
  if (!arrives && nameOf(now) !== address.value.tab) address.set({ tab: nameOf(now) }, { enter: true });
}

function select(name) {
  const tab = all().find((each) => nameOf(each) === name);
  if (tab && tab !== selected()) tab.click();
}

function move(event) {
  const tabs = all();
  const step = STEPS[event.key];
  const at = tabs.indexOf(event.target);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = Number.isFinite(step) ? (at + step + tabs.length) % tabs.length : step < 0 ? 0 : tabs.length - 1;
  tabs[next].click();
  tabs[next].focus();
}
