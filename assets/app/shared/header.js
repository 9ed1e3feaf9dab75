// The page's head: which model is used, light or dark.
const { parts, mode } = window.a3lign;
const part = parts(element);
const KEPT = "a3-mode";

function setDark(dark) {
  document.body.classList.toggle("dark", dark);
}

const kept = localStorage.getItem(KEPT);
if (kept) setDark(kept === "dark");
part.mode.addEventListener("click", () => {
  const next = mode.value === "dark" ? "light" : "dark";
  localStorage.setItem(KEPT, next);
  setDark(next === "dark");
});
new window.a3lign.ModelPicker(part, props.model);
