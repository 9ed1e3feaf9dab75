// The whole clip in one bar under the faces, with the stretch that the curves show: drag it, or its
// edges. There for long clips, and for short ones while they are zoomed.
import { format, make, mode, parts } from "../../shared/shared.js";

const LONG_S = 30;
const EDGE_PX = 10;
const STEP = 0.1;

export class Overview {
  constructor(root, chart) {
    this.part = parts(root);
    Object.assign(this, { chart, view: null, held: null });
    const { overview, "overview-window": window_ } = this.part;
    overview.addEventListener("pointerdown", (event) => this.press(event));
    overview.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) overview.addEventListener(name, () => (this.held = null));
    window_.addEventListener("keydown", (event) => this.key(event));
    mode.subscribe(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.part.lanes);
  }

  show(view) {
    this.view = view;
    view.changed.subscribe(() => this.view === view && this.draw());
    this.draw();
  }

  draw() {
    const { view, chart } = this;
    if (!view || chart.width === 0) return;
    const { overview, "overview-bands": bands, "overview-window": shown } = this.part;
    overview.hidden = view.end_s < LONG_S && !view.isZoomed;
    const { l, r } = chart.margin;
    overview.style.margin = `8px ${r}px 0 ${l}px`;
    const percent = (time_s) => `${(time_s / view.end_s) * 100}%`;
    bands.replaceChildren(
      ...view.face.story.episodes.map(({ start_s, end_s, candidates }) => {
        const band = make("i");
        band.style.left = percent(start_s);
        band.style.width = percent(end_s - start_s);
        band.style.background = view.data.style.classes[candidates[0]][mode.value];
        return band;
      }),
    );
    const [start, end] = view.range;
    shown.style.left = percent(start);
    shown.style.width = percent(end - start);
    shown.setAttribute("aria-valuemax", view.end_s.toFixed(2));
    shown.setAttribute("aria-valuenow", start.toFixed(2));
    shown.setAttribute("aria-valuetext", `${format.seconds(start)} to ${format.seconds(end)}`);
  }

  time(clientX) {
    const { left, width } = this.part.overview.getBoundingClientRect();
    return ((clientX - left) / width) * this.view.end_s;
  }

  press(event) {
    if (!this.view || event.button > 0) return;
    const box = this.part["overview-window"].getBoundingClientRect();
    const at_s = this.time(event.clientX);
    let [start, end] = this.view.range;
    let edge = null;
    if (Math.abs(event.clientX - box.left) < EDGE_PX) edge = "start";
    else if (Math.abs(event.clientX - box.right) < EDGE_PX) edge = "end";
    else if (at_s < start || at_s > end) {
      // Beside the window: it comes.
      this.view.look(at_s - (end - start) / 2, end - start);
      [start, end] = this.view.range;
    }
    this.held = { edge, at_s, start, end };
    this.part.overview.setPointerCapture(event.pointerId);
  }

  drag(event) {
    if (!this.held) return;
    const { edge, at_s, start, end } = this.held;
    const moved_s = this.time(event.clientX) - at_s;
    if (edge === "start") this.view.look(Math.min(start + moved_s, end), end - Math.min(start + moved_s, end));
    else if (edge === "end") this.view.look(start, end + moved_s - start);
    else this.view.look(start + moved_s, end - start);
  }

  key(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!step || !this.view) return;
    event.preventDefault();
    event.stopPropagation();
    const [start, end] = this.view.range;
    this.view.look(start + step * (end - start), end - start);
  }
}
