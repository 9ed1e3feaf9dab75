// Gradio's tabs, with what they lack: arrow keys, and a place in the address and the history.
import { address } from "./address.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const all = () => [...document.querySelectorAll("#tabs [role=tab]")].filter((tab) => tab.offsetParent);
const nameOf = (tab) => tab.textContent.trim().toLowerCase();
const selected = () => all().find((tab) => tab.getAttribute("aria-selected") === "true");

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
  select(address.value.tab);
  follow();
  address.subscribe(({ tab }) => select(tab));
  const container = selected().parentElement;
  container.addEventListener("keydown", move);
  new MutationObserver(follow).observe(container, { attributes: true, subtree: true, attributeFilter: ["aria-selected"] });
}

// By whatever way a tab was opened; one that the address named already is no new place.
function follow() {
  const now = selected();
  if (!now) return;
  for (const tab of all()) tab.tabIndex = tab === now ? 0 : -1;
  if (nameOf(now) !== address.value.tab) address.set({ tab: nameOf(now) }, { enter: true });
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
