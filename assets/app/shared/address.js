// What the page's address says after its #: the tab, then what is looked at there, for instance
// #alignment&example=present&face=1&t=7.40. Whoever gets the address sees the same.
import { shared } from "./shared.js";

const FIRST_TAB = "clip";
const listeners = shared(null);
let wasOpen = false;

function read() {
  const words = location.hash.slice(1).split("&");
  const tab = words[0].includes("=") ? "" : words.shift();
  return { tab: tab || FIRST_TAB, ...Object.fromEntries(new URLSearchParams(words.join("&"))) };
}

// Letters and digits are enough; anything else in an address is a stranger's.
function write({ tab, ...rest }) {
  const pairs = new URLSearchParams(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
  const text = [tab, String(pairs)].filter(Boolean).join("&");
  return `${location.pathname}${location.search}${text === FIRST_TAB ? "" : `#${text}`}`;
}

export const address = {
  get value() {
    return read();
  },
  // Whether a clip is open at this place of the browser's history.
  get isOpen() {
    return Boolean(history.state?.open);
  },
  // Told of {tab, example, face, t, …} when the visitor goes back or forward, or types an address.
  subscribe: listeners.subscribe,
  // changes: null takes a word away. enter: a place of its own, to which Back returns.
  set(changes, { enter = false, open = this.isOpen } = {}) {
    const next = write({ ...read(), ...changes });
    wasOpen = open;
    try {
      if (enter) history.pushState({ open }, "", next);
      else history.replaceState({ open }, "", next);
    } catch {
      // A report inside another page may not touch its address.
    }
  },
};

window.addEventListener("popstate", () => {
  // An address that was typed is a new place; what is open stays so.
  if (history.state === null) history.replaceState({ open: wasOpen }, "");
  wasOpen = address.isOpen;
  listeners.set(read(), "history");
});
