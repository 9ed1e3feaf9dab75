// The report: the studio without its video, the visitor's own colour mode, no server.
import { clip, cursor } from "../shared/shared.js";
import { Chart } from "../clip/timeline/chart.js";
import { Episodes } from "../clip/timeline/episodes.js";
import { Strip } from "../clip/timeline/strip.js";
import { Verdict } from "../clip/verdict.js";
import { bindSwitches, showSwitches, View } from "../clip/view.js";

export function start(data) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.body.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", follow);
  follow();

  const root = document.querySelector(".a3-clip");
  for (const name of ["player", "save", "another"]) root.querySelector(`[data-part=${name}]`).remove();
  root.querySelector("[data-part=hint]").textContent = "Click or drag on the curves to read the values of a moment.";

  const view = new View(data);
  document.title = `Perceived expression: ${view.data.title}`;
  clip.set(view.data, "report");
  const chart = new Chart(root);
  const strip = new Strip(root, chart);
  for (const part of [chart, strip, new Episodes(root, chart), new Verdict(root)]) part.show(view);
  bindSwitches(root, () => view);
  showSwitches(root, view);
  cursor.set(0, "report");
  root.querySelector("[data-part=studio]").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    view.go(view.stepped(cursor.time_s, step), "keyboard");
  });
}
