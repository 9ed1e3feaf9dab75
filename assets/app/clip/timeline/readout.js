// The values of every curve at one moment, above the curves: where the pointer is, else at the cursor.
// The names are the legend, too.
import { cursor, format, make, mode, parts, swatch } from "../../shared/shared.js";

const FACE_REACH_S = 1;

export class Readout {
  constructor(root, chart) {
    this.part = parts(root);
    Object.assign(this, { chart, view: null, pointer_s: null, values: new Map() });
    const { lanes } = this.part;
    lanes.addEventListener("pointermove", (event) => event.pointerType !== "touch" && this.point(event));
    lanes.addEventListener("pointerleave", () => this.point(null));
    cursor.subscribe(() => this.read());
    mode.subscribe(() => this.drawLegend());
    new ResizeObserver(() => this.read()).observe(lanes);
  }

  show(view) {
    this.view = view;
    this.pointer_s = null;
    view.changed.subscribe((changes) => {
      if (this.view !== view) return;
      if (changes.includes("hidden")) this.drawLegend();
      this.read();
    });
    this.drawLegend();
  }

  point(event) {
    this.pointer_s = event && this.view ? this.chart.time(event.clientX) : null;
    this.read();
  }

  read() {
    const { view, chart, part } = this;
    if (!view || chart.width === 0) return;
    const row = view.row(this.pointer_s ?? cursor.time_s);
    const time_s = view.data.times_s[row];
    const ranking = view.ranking(row);
    view.data.labels.forEach((label, index) => {
      this.values.get(label).textContent = ranking ? this.text(view.curves[index][row]) : "–";
    });
    part["read-time"].textContent = format.moment(this.pointer_s === null ? cursor.time_s : time_s, view.end_s);
    const crop = ranking && view.crop(time_s, FACE_REACH_S);
    part["read-face"].hidden = !crop;
    if (crop && part["read-face"].src !== crop.image) part["read-face"].src = crop.image;
    this.flag(ranking, this.pointer_s === null ? cursor.time_s : time_s);
    part["hover-line"].hidden = this.pointer_s === null;
    part["hover-line"].style.transform = `translateX(${chart.x(time_s).toFixed(1)}px)`;
  }

  // What leads, written over the moment; it has a lane of its own and hides no curve.
  flag(ranking, time_s) {
    const { part, chart, view } = this;
    const x = chart.x(time_s);
    const { left, width } = chart.axis;
    part.flag.style.visibility = x < left - 1 || x > left + width + 1 ? "hidden" : "visible";
    const said = ranking ? `${format.name(ranking[0].label)} ${format.percent(ranking[0].value)}` : "no face";
    part.flag.textContent = `${format.moment(time_s, view.end_s)} · ${said}`;
    const half = part.flag.offsetWidth / 2;
    const middle = Math.min(Math.max(x, left + half), left + width - half);
    part.flag.style.transform = `translateX(${(middle - half).toFixed(1)}px)`;
  }

  text(value) {
    if (value === null) return "–";
    return this.view.quantity === "probability" ? format.percent(value) : value.toFixed(3);
  }

  drawLegend() {
    const { view, part } = this;
    if (!view) return;
    this.values.clear();
    part.legend.replaceChildren(...view.data.labels.map((label) => this.entry(label)));
    this.read();
  }

  entry(label) {
    const { view } = this;
    const value = make("span", { className: "a3-legend-value" });
    this.values.set(label, value);
    return make(
      "button",
      {
        type: "button",
        className: "a3-legend-item",
        "aria-pressed": String(!view.hidden.has(label)),
        title: "Show or hide this curve; a double click, or Alt and a click, shows it alone",
        onclick: (event) => this.choose(label, event.altKey || event.detail === 2),
      },
      swatch(view.data.style.classes[label]),
      make("span", {}, format.name(label)),
      value,
    );
  }

  choose(label, alone) {
    const { view, part } = this;
    const place = view.data.labels.indexOf(label);
    view.set({ hidden: alone ? this.allBut(label) : toggled(view.hidden, label) });
    part.legend.children[place].focus();
  }

  // Of a curve that is alone already, the others come back. A double click's first click has
  // switched the curve itself, so only the others tell.
  allBut(label) {
    const others = this.view.data.labels.filter((each) => each !== label);
    return new Set(others.every((each) => this.view.hidden.has(each)) ? [] : others);
  }
}

function toggled(hidden, label) {
  const next = new Set(hidden);
  if (!next.delete(label)) next.add(label);
  return next;
}
