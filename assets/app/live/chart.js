// Curves that scroll: a canvas of its own, because a chart library that rebuilds its picture twelve
// times a second costs more than the model does. Everything lives in typed rings of fixed size.
import { mode } from "../shared/shared.js";

const ROWS = 1200;
const BREAK_S = 1;
const WIDE = { left: 46, right: 92, top: 10, bottom: 24 };
// A narrow chart leaves the names to the bars above it.
const NARROW = { ...WIDE, left: 42, right: 4 };
const NARROW_PX = 520;
const TICK_S = 5;
const LABEL_FROM = 0.12;
const LABEL_PX = 15;

export class LiveChart {
  // classes: [{name, light, dark, dash: [px, …]}, …]; span_s: seconds shown.
  constructor(canvas, classes, span_s) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.span_s = span_s;
    this.times = new Float64Array(ROWS);
    this.use(classes);
    this.resize();
  }

  // Begin anew with these classes.
  use(classes) {
    this.classes = classes;
    this.values = {
      raw: new Float32Array(ROWS * classes.length),
      smoothed: new Float32Array(ROWS * classes.length),
    };
    // Length of each smoothed curve up to a row [px]: it anchors the dashes to the data, which
    // would otherwise crawl along the curve while it scrolls.
    this.lengths = new Float32Array(ROWS * classes.length);
    this.clear();
    this.restyle();
  }

  clear() {
    this.first = 0;
    this.count = 0;
  }

  get first_s() {
    return this.count ? this.times[this.first] : 0;
  }

  get last_s() {
    return this.count ? this.times[this.slot(this.count - 1)] : 0;
  }

  slot(row) {
    return (this.first + row) % ROWS;
  }

  // One row; null values are a gap.
  add(time_s, raw, smoothed) {
    if (this.count === ROWS) {
      this.first = (this.first + 1) % ROWS;
      this.count -= 1;
    }
    const width = this.classes.length;
    const slot = this.slot(this.count);
    this.times[slot] = time_s;
    for (let place = 0; place < width; place += 1) {
      this.values.raw[slot * width + place] = raw ? raw[place] : NaN;
      this.values.smoothed[slot * width + place] = smoothed ? smoothed[place] : NaN;
    }
    this.count += 1;
    this.measure(this.count - 1);
  }

  measure(row) {
    const width = this.classes.length;
    const slot = this.slot(row);
    const before = row && this.connected(row) ? this.slot(row - 1) : -1;
    for (let place = 0; place < width; place += 1) {
      let length = 0;
      if (before >= 0) {
        const across = (this.times[slot] - this.times[before]) * this.scale;
        const rise =
          (this.values.smoothed[slot * width + place] -
            this.values.smoothed[before * width + place]) *
          this.plotHeight;
        length = this.lengths[before * width + place] + Math.hypot(across, rise);
      }
      this.lengths[slot * width + place] = length;
    }
  }

  isGap(row) {
    return Number.isNaN(this.values.smoothed[this.slot(row) * this.classes.length]);
  }

  // Whether a row continues the curve of the row before it.
  connected(row) {
    const apart_s = this.times[this.slot(row)] - this.times[this.slot(row - 1)];
    return apart_s < BREAK_S && !this.isGap(row) && !this.isGap(row - 1);
  }

  // The newest row that is not after a time, or -1.
  rowAt(time_s) {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[this.slot(middle)] <= time_s) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // The values of a row, "raw" or "smoothed", or null in a gap.
  rowValues(row, kind) {
    if (row < 0 || row >= this.count || this.isGap(row)) return null;
    const start = this.slot(row) * this.classes.length;
    return this.values[kind].subarray(start, start + this.classes.length);
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.margin = box.width < NARROW_PX ? NARROW : WIDE;
    this.width = box.width;
    this.height = box.height;
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.plotWidth = box.width - this.margin.left - this.margin.right;
    this.plotHeight = box.height - this.margin.top - this.margin.bottom;
    this.scale = this.plotWidth / this.span_s;
    for (let row = 0; row < this.count; row += 1) this.measure(row);
  }

  restyle() {
    const style = getComputedStyle(this.canvas);
    const read = (name) => style.getPropertyValue(name).trim();
    this.colors = {
      text: read("--a3-text"),
      muted: read("--a3-muted"),
      border: read("--a3-border"),
      accent: read("--a3-accent"),
      sunken: read("--a3-sunken"),
    };
    this.font = `12px ${read("--a3-sans") || "sans-serif"}`;
  }

  x(time_s) {
    return this.margin.left + this.plotWidth - (this.right_s - time_s) * this.scale;
  }

  y(value) {
    return this.margin.top + (1 - value) * this.plotHeight;
  }

  timeAt(x) {
    const seconds = (this.margin.left + this.plotWidth - x) / this.scale;
    return this.right_s - seconds;
  }

  // right_s: time at the right edge; cursor_s: time of the cursor, or null.
  draw(right_s, { raw, cursor_s = null }) {
    if (!this.width) return;
    this.right_s = right_s;
    const context = this.context;
    context.clearRect(0, 0, this.width, this.height);
    context.font = this.font;
    this.drawGrid();
    context.save();
    context.beginPath();
    context.rect(this.margin.left, 0, this.plotWidth, this.height - this.margin.bottom + 2);
    context.clip();
    const from = Math.max(this.rowAt(right_s - this.span_s), 0);
    this.drawGaps(from);
    if (raw) this.drawCurves("raw", from);
    this.drawCurves("smoothed", from);
    if (cursor_s !== null) this.drawCursor(cursor_s);
    context.restore();
    this.drawLabels();
  }

  drawGrid() {
    const context = this.context;
    context.lineWidth = 1;
    context.setLineDash([]);
    context.strokeStyle = this.colors.border;
    context.fillStyle = this.colors.muted;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(this.y(share)) + 0.5;
      context.beginPath();
      context.moveTo(this.margin.left, y);
      context.lineTo(this.margin.left + this.plotWidth, y);
      context.stroke();
      context.fillText(`${share * 100} %`, this.margin.left - 6, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const step = this.margin === NARROW ? TICK_S * 2 : TICK_S;
    const start = Math.ceil((this.right_s - this.span_s) / step) * step;
    for (let tick = Math.max(start, 0); tick <= this.right_s; tick += step) {
      const x = this.x(tick);
      if (x > this.margin.left + 8) {
        context.fillText(`${tick} s`, x, this.height - this.margin.bottom + 8);
      }
    }
  }

  drawGaps(from) {
    const context = this.context;
    context.fillStyle = this.colors.sunken;
    for (let row = from; row < this.count; row += 1) {
      if (!this.isGap(row)) continue;
      const start = row;
      while (row + 1 < this.count && this.isGap(row + 1)) row += 1;
      const left = this.x(this.times[this.slot(start)]);
      const next = row + 1 < this.count ? this.times[this.slot(row + 1)] : this.right_s;
      const right = this.x(Math.min(next, this.times[this.slot(row)] + BREAK_S));
      context.fillRect(left, this.y(1), right - left, this.plotHeight);
      if (right - left > 50) {
        context.fillStyle = this.colors.muted;
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.fillText("no face", (left + right) / 2, this.y(0.5));
        context.fillStyle = this.colors.sunken;
      }
    }
  }

  drawCurves(kind, from) {
    const context = this.context;
    const smoothed = kind === "smoothed";
    context.lineJoin = "round";
    context.lineWidth = smoothed ? 2.25 : 1;
    context.globalAlpha = smoothed ? 1 : 0.4;
    this.classes.forEach((look, place) => {
      context.strokeStyle = look[mode.value];
      context.setLineDash(smoothed ? look.dash : []);
      for (let row = from; row < this.count; row += 1) {
        if (!this.isGap(row)) row = this.strokeRun(kind, place, row);
      }
    });
    context.globalAlpha = 1;
    context.setLineDash([]);
    context.lineDashOffset = 0;
  }

  // Draws one unbroken piece of a curve and returns its last row.
  strokeRun(kind, place, start) {
    const context = this.context;
    const width = this.classes.length;
    const values = this.values[kind];
    context.lineDashOffset = kind === "smoothed" ? this.lengths[this.slot(start) * width + place] : 0;
    context.beginPath();
    let row = start;
    for (; ; row += 1) {
      const slot = this.slot(row);
      const x = this.x(this.times[slot]);
      const y = this.y(values[slot * width + place]);
      if (row === start) context.moveTo(x, y);
      else context.lineTo(x, y);
      if (row + 1 >= this.count || !this.connected(row + 1)) break;
    }
    context.stroke();
    return row;
  }

  drawCursor(cursor_s) {
    const context = this.context;
    const x = Math.round(this.x(cursor_s)) + 0.5;
    context.strokeStyle = this.colors.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, this.y(1));
    context.lineTo(x, this.y(0));
    context.stroke();
  }

  // Names the curves that matter at their right end, pushed apart where they would overlap.
  drawLabels() {
    const values = this.rowValues(this.rowAt(this.right_s), "smoothed");
    if (!values || this.margin === NARROW) return;
    const context = this.context;
    const named = [];
    values.forEach((value, place) => {
      if (value >= LABEL_FROM) named.push({ place, y: this.y(value) });
    });
    named.sort((one, other) => one.y - other.y);
    for (let at = 1; at < named.length; at += 1) {
      named[at].y = Math.max(named[at].y, named[at - 1].y + LABEL_PX);
    }
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 2.25;
    const left = this.margin.left + this.plotWidth + 6;
    for (const { place, y } of named) {
      const look = this.classes[place];
      context.strokeStyle = look[mode.value];
      context.setLineDash(look.dash);
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + 14, y);
      context.stroke();
      context.fillStyle = this.colors.text;
      context.fillText(look.name, left + 18, y);
    }
    context.setLineDash([]);
  }
}
