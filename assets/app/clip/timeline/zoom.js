// Zooming the time axis: buttons, wheel, two fingers, a stretch drawn with Shift, double click.
import { cursor, parts } from "../../shared/shared.js";

const WHEEL_PX = 400; // of turning that double or halve the stretch shown
const LINE_PX = 16;
const PINCH = 8; // two fingers on a touchpad arrive as a wheel with Ctrl, in small steps
const DOUBLE_CLICK = 0.25;
const LEAST_DRAG_PX = 6;

export class Zoom {
  constructor(root, chart) {
    this.part = parts(root);
    Object.assign(this, { chart, view: null, fingers: new Map(), from_s: null });
    const { plot, lanes } = this.part;
    this.part["zoom-in"].addEventListener("click", () => this.by(0.5, cursor.time_s));
    this.part["zoom-out"].addEventListener("click", () => this.by(2, cursor.time_s));
    plot.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    plot.addEventListener("dblclick", (event) => this.double(event));
    plot.addEventListener("pointerdown", (event) => this.press(event));
    lanes.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, (event) => this.release(event));
    }
  }

  show(view) {
    this.view = view;
    view.changed.subscribe((changes) => this.view === view && changes.includes("range") && this.showLimits());
    this.showLimits();
  }

  showLimits() {
    this.part["zoom-in"].disabled = !this.view.canNarrow;
    this.part["zoom-out"].disabled = !this.view.isZoomed;
  }

  // The moment stays where it is on the screen.
  by(factor, around_s) {
    const [start, end] = this.view.range;
    const length_s = (end - start) * factor;
    this.view.look(around_s - (around_s - start) * factor, length_s);
  }

  turn(event) {
    const { view } = this;
    if (!view) return;
    const unit = event.deltaMode === 1 ? LINE_PX : 1;
    const [x, y] = [event.deltaX * unit, event.deltaY * unit];
    const sideways = event.shiftKey ? x || y : Math.abs(x) > Math.abs(y) ? x : 0;
    // Where there is nothing to zoom the page scrolls.
    if (sideways ? !view.isZoomed : y > 0 ? !view.isZoomed : !view.canNarrow) return;
    event.preventDefault();
    const [start, end] = view.range;
    if (sideways) view.look(start + (sideways / this.chart.axis.width) * (end - start), end - start);
    else this.by(2 ** ((y * (event.ctrlKey ? PINCH : 1)) / WHEEL_PX), this.chart.time(event.clientX));
  }

  double(event) {
    if (!this.view || event.shiftKey) return;
    if (this.view.isZoomed) this.view.look(0, this.view.end_s);
    else this.by(DOUBLE_CLICK, this.chart.time(event.clientX));
  }

  press(event) {
    if (!this.view || event.button > 0) return;
    if (event.pointerType === "touch") this.fingers.set(event.pointerId, event.clientX);
    else if (event.shiftKey) {
      this.from_s = this.chart.time(event.clientX);
      event.preventDefault();
    }
  }

  move(event) {
    if (!this.view) return;
    if (this.fingers.has(event.pointerId)) this.pinch(event);
    if (this.from_s !== null) this.brush(this.chart.time(event.clientX));
  }

  // What lay under two fingers stays under them.
  pinch({ pointerId, clientX }) {
    if (this.fingers.size === 2) {
      const [one, other] = [...this.fingers.values()].map((x) => this.chart.time(x));
      this.fingers.set(pointerId, clientX);
      const { left, width } = this.chart.axis;
      const edge = this.part.lanes.getBoundingClientRect().left + left;
      const [a, b] = [...this.fingers.values()].map((x) => (x - edge) / width);
      if (Math.abs(a - b) < 0.02) return;
      const length_s = Math.abs((one - other) / (a - b));
      this.view.look((one + other) / 2 - ((a + b) / 2) * length_s, length_s);
    } else {
      this.fingers.set(pointerId, clientX);
    }
  }

  brush(until_s) {
    const { brush } = this.part;
    const [left, right] = [this.from_s, until_s].map((time_s) => this.chart.x(time_s)).sort((one, other) => one - other);
    brush.hidden = false;
    brush.style.left = `${left}px`;
    brush.style.width = `${right - left}px`;
  }

  release(event) {
    this.fingers.delete(event.pointerId);
    if (this.from_s === null || !this.view) return;
    const { from_s } = this;
    const until_s = this.chart.time(event.clientX);
    this.from_s = null;
    this.part.brush.hidden = true;
    if (Math.abs(this.chart.x(until_s) - this.chart.x(from_s)) < LEAST_DRAG_PX) return;
    this.view.look(Math.min(from_s, until_s), Math.abs(until_s - from_s));
  }
}
