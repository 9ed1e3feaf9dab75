// The page's head: which model is used, light or dark.
import { ModelPicker } from "./models.js";
import { mode, parts } from "./shared.js";
import { startTabs } from "./tabs.js";

const KEPT = "a3-mode";

function setDark(dark) {
  document.body.classList.toggle("dark", dark);
}

async function copy({ bibtex, "copy-bibtex": button }) {
  try {
    await navigator.clipboard.writeText(bibtex.textContent);
    button.textContent = "Copied";
  } catch {
    // No permission: the text is selected instead, ready for the visitor's own copy command.
    getSelection().selectAllChildren(bibtex);
  }
}

// Runs when Gradio has put the panel on the page.
export function start({ element, props }) {
  const part = parts(element);
  const kept = localStorage.getItem(KEPT);
  if (kept) setDark(kept === "dark");
  part.mode.addEventListener("click", () => {
    const next = mode.value === "dark" ? "light" : "dark";
    localStorage.setItem(KEPT, next);
    setDark(next === "dark");
  });
  if (props.code) Object.assign(part.code, { href: props.code, hidden: false });
  part["copy-bibtex"].addEventListener("click", () => copy(part));
  new ModelPicker(part, props.model);
  startTabs();
}
