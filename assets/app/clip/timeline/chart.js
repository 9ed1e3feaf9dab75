// The curves over time, the cursor through them, and the card that follows the pointer.
import { cursor, format, make, mode, parts, swatch } from "../../shared/shared.js";

const SHORTEST_S = 0.5;

export class Chart {
  constructor(root) {
    this.part = parts(root);
    this.view = null;
    this.drawn = false;
    const { lanes, plot } = this.part;
    new ResizeObserver(() => this.resize()).observe(lanes);
    plot.addEventListener("pointerdown", (event) => this.press(event));
    plot.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) {
      plot.addEventListener(name, () => (this.dragging = false));
    }
    lanes.addEventListener("pointermove", (event) => this.hover(event));
    lanes.addEventListener("pointerleave", () => (this.part.hover.hidden = true));
    this.part["zoom-in"].addEventListener("click", () => this.zoom(0.5));
    this.part["zoom-out"].addEventListener("click", () => this.zoom(2));
    cursor.subscribe(() => this.moveCursor());
    mode.subscribe(() => this.view && (this.drawLegend(), this.draw()));
  }

  show(view) {
    this.view = view;
    this.part.plot.setAttribute("aria-valuemax", view.end_s.toFixed(2));
    view.changed.subscribe((changes) => {
      if (this.view !== view) return;
      if (changes.includes("hidden")) this.drawLegend();
      this.draw();
    });
    this.drawLegend();
    this.draw();
  }

  get width() {
    return this.part.lanes.clientWidth;
  }

  // Left edge and width of the time axis within the lanes [px].
  get axis() {
    const { l, r } = this.margin;
    return { left: l, width: Math.max(this.width - l - r, 1) };
  }

  // On a phone the axis title gives its place to the curves.
  get margin() {
    const margin = this.view.data.margin;
    return this.width < 520 ? { ...margin, l: 38, r: 8 } : margin;
  }

  x(time_s) {
    const [start, end] = this.view.range;
    return this.axis.left + ((time_s - start) / (end - start)) * this.axis.width;
  }

  time(clientX) {
    const [start, end] = this.view.range;
    const x = clientX - this.part.lanes.getBoundingClientRect().left - this.axis.left;
    const share = Math.min(Math.max(x / this.axis.width, 0), 1);
    return start + share * (end - start);
  }

  draw() {
    const { view } = this;
    if (!view || this.width === 0) return;
    const figure = structuredClone(view.data.figures[mode.value][view.quantity]);
    figure.data.forEach((trace, index) => {
      trace.x = view.data.times_s;
      trace.y = view.curves[index];
      trace.visible = !view.hidden.has(trace.name);
      // A single frame has no line to draw.
      if (view.data.times_s.length < 3) trace.mode = "markers";
    });
    const { layout } = figure;
    layout.width = this.width;
    layout.height = this.part.plot.clientHeight;
    layout.margin = this.margin;
    layout.xaxis.range = view.range;
    if (this.width < 520) layout.yaxis.title = undefined;
    layout.shapes = view.face.gaps.map(([start, end]) => gapShape(start, end, layout));
    window.Plotly.react(this.part.plot, figure.data, layout, { ...view.data.plot_config, staticPlot: true });
    this.drawn = true;
    this.moveCursor();
  }

  resize() {
    if (this.view) this.draw();
  }

  drawLegend() {
    const { view } = this;
    this.part.legend.replaceChildren(
      ...view.data.labels.map((label) =>
        make(
          "button",
          {
            type: "button",
            className: "a3-legend-item",
            "aria-pressed": String(!view.hidden.has(label)),
            title: "Show or hide this curve",
            onclick: () => this.toggle(label),
          },
          swatch(view.data.style.classes[label]),
          format.name(label),
        ),
      ),
    );
  }

  toggle(label) {
    const hidden = new Set(this.view.hidden);
    if (!hidden.delete(label)) hidden.add(label);
    const place = this.view.data.labels.indexOf(label);
    this.view.set({ hidden });
    this.part.legend.children[place].focus();
  }

  moveCursor() {
    const { view } = this;
    if (!view || !this.drawn) return;
    const { cursor: line, plot } = this.part;
    const x = this.x(cursor.time_s);
    const { left, width } = this.axis;
    line.style.visibility = x < left - 1 || x > left + width + 1 ? "hidden" : "visible";
    line.style.transform = `translateX(${x.toFixed(1)}px)`;
    plot.setAttribute("aria-valuenow", cursor.time_s.toFixed(2));
    const ranking = view.ranking(view.row(cursor.time_s));
    const leader = ranking ? `${ranking[0].label} ${format.percent(ranking[0].value)}` : "no face";
    plot.setAttribute("aria-valuetext", `${format.seconds(cursor.time_s)}: ${leader}`);
  }

  press(event) {
    if (!this.view || event.button > 0) return;
    this.dragging = true;
    if (event.pointerType === "mouse") this.part.plot.setPointerCapture(event.pointerId);
    this.view.go(this.time(event.clientX), "chart");
  }

  drag(event) {
    if (this.dragging && event.buttons) this.view.go(this.time(event.clientX), "chart");
  }

  hover(event) {
    const { view } = this;
    const { hover, lanes } = this.part;
    if (!view || event.pointerType === "touch") return;
    const time_s = this.time(event.clientX);
    const row = view.row(time_s);
    const ranking = view.ranking(row);
    const crop = ranking && view.crop(view.data.times_s[row], 1);
    hover.replaceChildren(
      ...(crop ? [make("img", { src: crop.image, alt: "" })] : []),
      make(
        "div",
        {},
        make("b", {}, format.seconds(view.data.times_s[row])),
        ...(ranking
          ? ranking.slice(0, 3).map(({ label }) => this.hoverLine(label, row))
          : [make("p", {}, "No face")]),
      ),
    );
    hover.hidden = false;
    const x = this.x(view.data.times_s[row]);
    const flips = x > this.width / 2;
    hover.style.left = flips ? "auto" : `${x + 14}px`;
    hover.style.right = flips ? `${lanes.clientWidth - x + 14}px` : "auto";
  }

  hoverLine(label, row) {
    const { view } = this;
    const value = view.curves[view.data.labels.indexOf(label)][row];
    const shown = view.quantity === "probability" ? format.percent(value) : value.toFixed(3);
    return make("p", {}, swatch(view.data.style.classes[label]), label, make("span", {}, shown));
  }

  zoom(factor) {
    const { view } = this;
    const length = Math.min((view.range[1] - view.range[0]) * factor, view.end_s);
    if (length < SHORTEST_S && factor < 1) return;
    const left = Math.min(Math.max(cursor.time_s - length / 2, 0), view.end_s - length);
    view.set({ range: [left, left + length] });
  }
}

function gapShape(start, end, layout) {
  return {
    type: "rect",
    yref: "paper",
    x0: start,
    x1: end,
    y0: 0,
    y1: 1,
    layer: "below",
    line: { width: 0 },
    fillcolor: layout.font.color,
    opacity: 0.14,
  };
}
