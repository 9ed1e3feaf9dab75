// The curves over time, and the cursor through them.
import { plotly } from "../../shared/plotly.js";
import { cursor, format, mode, parts } from "../../shared/shared.js";

const NARROW_PX = 520;

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
    cursor.subscribe(() => this.moveCursor());
    mode.subscribe(() => this.draw());
  }

  show(view) {
    this.view = view;
    this.part.plot.setAttribute("aria-valuemax", view.end_s.toFixed(2));
    view.changed.subscribe(() => this.view === view && this.draw());
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
    return this.width < NARROW_PX ? { ...margin, l: 38, r: 8 } : margin;
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
    if (!window.Plotly) return this.fetch();
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
    if (this.width < NARROW_PX) layout.yaxis.title = undefined;
    layout.shapes = view.face.gaps.map(([start, end]) => gapShape(start, end, layout));
    window.Plotly.react(this.part.plot, figure.data, layout, { ...view.data.plot_config, staticPlot: true });
    this.drawn = true;
    this.moveCursor();
  }

  resize() {
    if (this.view) this.draw();
  }

  // The text stands where the curves will be, and says so where they will not.
  async fetch() {
    const { plot } = this.part;
    if (this.fetching) return;
    this.fetching = true;
    plot.textContent = "Loading the curves …";
    try {
      await plotly();
      plot.textContent = "";
    } catch (error) {
      plot.textContent = error.message;
      return;
    } finally {
      this.fetching = false;
    }
    this.draw();
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
    // Shift and a drag choose a stretch, two fingers zoom (see zoom.js).
    this.dragging = Boolean(this.view) && event.button === 0 && !event.shiftKey && event.isPrimary;
    if (!this.dragging) return;
    if (event.pointerType === "mouse") this.part.plot.setPointerCapture(event.pointerId);
    this.view.go(this.time(event.clientX), "chart");
  }

  drag(event) {
    if (this.dragging && event.buttons) this.view.go(this.time(event.clientX), "chart");
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
