// The episodes between curves and faces, on the same time axis: what the story is made of.
import { format, make, mode, parts } from "../../shared/shared.js";

const LEAST_PX = 2;

export class Episodes {
  constructor(root, chart) {
    this.part = parts(root);
    this.chart = chart;
    this.view = null;
    new ResizeObserver(() => this.draw()).observe(this.part.lanes);
    mode.subscribe(() => this.draw());
  }

  show(view) {
    this.view = view;
    view.changed.subscribe((changes) => {
      if (this.view === view && (changes.includes("face") || changes.includes("range"))) this.draw();
    });
    this.draw();
  }

  draw() {
    const { view, chart } = this;
    if (!view || chart.width === 0) return;
    const { l, r } = chart.margin;
    const [start, end] = view.range;
    const { episodes } = this.part;
    episodes.style.margin = `0 ${r}px 0 ${l}px`;
    const seen = view.face.story.episodes.filter(({ start_s, end_s }) => end_s >= start && start_s <= end);
    episodes.replaceChildren(...seen.map((episode) => this.band(episode, start, 100 / (end - start))));
  }

  band(episode, start, percent_per_s) {
    const { view } = this;
    const { name, start_s, end_s, probability, certain, candidates } = episode;
    const from = Math.max(start_s, start);
    const until = Math.min(end_s, view.range[1]);
    const said = `${format.name(name)}, ${format.seconds(start_s)} to ${format.seconds(end_s)}, ${format.percent(probability)}${certain ? "" : ", uncertain"}`;
    const band = make(
      "button",
      {
        type: "button",
        className: "a3-episode",
        tabIndex: -1,
        title: said,
        "aria-label": said,
        onclick: () => view.go(start_s, "episodes"),
      },
      make("span", {}, format.name(name)),
    );
    const colors = candidates.slice(0, 2).map((label) => view.data.style.classes[label][mode.value]);
    band.style.left = `${(from - start) * percent_per_s}%`;
    band.style.width = `max(${(until - from) * percent_per_s}%, ${LEAST_PX}px)`;
    band.style.setProperty("--a3-one", colors[0]);
    band.style.setProperty("--a3-other", colors[1] ?? colors[0]);
    return band;
  }
}
