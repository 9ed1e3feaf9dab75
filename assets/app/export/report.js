// The report: the studio without its video, the visitor's own colour mode, no server.
import { clip, cursor, format, make, parts } from "../shared/shared.js";
import { Place } from "../clip/place.js";
import { Chart } from "../clip/timeline/chart.js";
import { Episodes } from "../clip/timeline/episodes.js";
import { Overview } from "../clip/timeline/overview.js";
import { Readout } from "../clip/timeline/readout.js";
import { Strip } from "../clip/timeline/strip.js";
import { Zoom } from "../clip/timeline/zoom.js";
import { Verdict } from "../clip/verdict/verdict.js";
import { bindSwitches, showSwitches, View } from "../clip/view.js";

export function start(data) {
  const root = document.querySelector(".a3-clip");
  const { look, "episode-rows": rows, studio } = parts(root);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const paint = (isDark) => {
    document.body.classList.toggle("dark", isDark);
    look.textContent = isDark ? "Light" : "Dark";
  };
  dark.addEventListener("change", () => paint(dark.matches));
  look.addEventListener("click", () => paint(!document.body.classList.contains("dark")));
  paint(dark.matches);
  root.querySelector(".a3-timeline").id = "over-time";

  for (const name of ["player", "save", "another", "saved-note"]) root.querySelector(`[data-part=${name}]`).remove();
  root.querySelector("[data-part=hint]").textContent = "Click or drag on the curves to read the values of a moment; the wheel, two fingers or Shift and a drag zoom.";

  const view = new View(data);
  clip.set(view.data, "report");
  const chart = new Chart(root);
  const shown = [chart, ...[Readout, Strip, Episodes, Overview, Zoom].map((Part) => new Part(root, chart)), new Verdict(root)];
  for (const part of shown) part.show(view);
  bindSwitches(root, () => view);
  showSwitches(root, view);
  cursor.set(0, "report");
  const list = () => rows.replaceChildren(...view.face.story.episodes.map((episode) => line(episode, view)));
  view.changed.subscribe((changes) => changes.includes("face") && list());
  list();
  new Place().show(view);
  studio.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    view.go(view.stepped(cursor.time_s, step), "keyboard");
  });
}

function line({ name, start_s, end_s, probability, certain }, view) {
  const cells = [format.percent(probability), certain ? "yes" : "no"];
  const jump = make("button", { type: "button", onclick: () => view.go(start_s, "episodes") }, format.moment(start_s, view.end_s));
  return make(
    "tr",
    {},
    make("td", {}, jump),
    make("td", {}, format.moment(end_s, view.end_s)),
    make("th", { scope: "row" }, format.name(name)),
    ...cells.map((text) => make("td", {}, text)),
  );
}
