// The page's head: which model is used, light or dark.
import { ModelPicker } from "./models.js";
import { mode, parts } from "./shared.js";

const KEPT = "a3-mode";

function setDark(dark) {
  document.body.classList.toggle("dark", dark);
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
  new ModelPicker(part, props.model);
}
