// The strip of faces under the curves, on the same time axis.
import { cursor, format, make, parts } from "../../shared/shared.js";

const SLOT_PX = 54;
const NARROW_SLOT_PX = 40;

export class Strip {
  constructor(root, chart) {
    this.part = parts(root);
    this.chart = chart;
    this.view = null;
    new ResizeObserver(() => this.draw()).observe(this.part.strip);
    cursor.subscribe(() => this.mark());
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
    this.part.strip.hidden = view.data.faces.every((face) => !face.crops.length);
    const { left, width } = chart.axis;
    const count = Math.max(1, Math.round(width / (width < 480 ? NARROW_SLOT_PX : SLOT_PX)));
    const [start, end] = view.range;
    const slot_s = (end - start) / count;
    this.grid = { start_s: start, slot_s };
    this.slots = Array.from({ length: count }, (_, index) => this.slot(start + (index + 0.5) * slot_s, slot_s));
    const { strip } = this.part;
    strip.style.marginLeft = `${left}px`;
    strip.style.width = `${width}px`;
    strip.replaceChildren(...this.slots);
    this.mark();
  }

  slot(middle_s, slot_s) {
    const { view } = this;
    const step_s = view.end_s / Math.max(view.data.times_s.length, 1);
    const crop = view.crop(middle_s, Math.max(slot_s / 2, step_s));
    // Pictures are a choice of the moments: none within reach does not say that there is no face.
    if (!crop && view.ranking(view.row(middle_s))) return make("span", { className: "a3-slot", title: "No picture of this moment" });
    if (!crop) return make("span", { className: "a3-slot a3-slot-empty", title: "No face here" });
    const time_s = view.data.times_s[crop.row];
    return make(
      "button",
      {
        type: "button",
        className: "a3-slot",
        tabIndex: -1,
        title: format.seconds(time_s),
        "data-time": String(time_s),
        "aria-label": `Face at ${format.seconds(time_s)}`,
        onclick: () => view.go(time_s, "strip"),
      },
      make("img", { src: crop.image, alt: "", draggable: false }),
    );
  }

  mark() {
    if (!this.slots) return;
    const current = Math.floor((cursor.time_s - this.grid.start_s) / this.grid.slot_s);
    this.slots.forEach((slot, index) => slot.toggleAttribute("data-current", index === current));
  }
}
