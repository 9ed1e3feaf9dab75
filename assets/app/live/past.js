// Looking back at what the camera gave: the moment under the cursor, its frame, its values.
import { format } from "../shared/shared.js";

export class LivePast {
  // span_s: how far back; redraw: called when the moment, or what is known of it, has changed.
  constructor(part, { chart, recorder, view, span_s, redraw }) {
    Object.assign(this, { part, chart, recorder, view, span_s, redraw });
    this.forget();
  }

  // Where the cursor stands on the curves [s], null while the camera runs.
  forget() {
    this.cursor_s = null;
    this.frame = null;
  }

  // margin: a smaller one between the two best values is called uncertain.
  async lookAt(time_s, margin) {
    const { chart, view } = this;
    const from_s = Math.max(chart.last_s - this.span_s, chart.first_s);
    this.cursor_s = Math.min(Math.max(time_s, from_s), chart.last_s);
    const row = chart.rowAt(this.cursor_s);
    const values = chart.rowValues(row, "smoothed");
    const raw = this.part("raw").checked ? chart.rowValues(row, "raw") : null;
    view.showValues(values, raw, isUncertain(values, margin));
    this.describe(values);
    this.redraw();
    const frame = this.recorder.frameAt(this.cursor_s);
    if (frame && frame !== this.frame) await this.show(frame);
  }

  async show(frame) {
    this.frame = frame;
    const picture = await createImageBitmap(frame.jpeg);
    if (this.frame === frame) {
      this.view.showCrop(frame.crop, picture);
      this.view.showPicture(picture);
      this.view.aim(frame, picture);
      this.redraw();
    }
    picture.close();
  }

  describe(values) {
    const ago_s = this.chart.last_s - this.cursor_s;
    const what = values ? this.nameBest([...values]) : "no face";
    const sentence = `${ago_s.toFixed(1)} s before the end: ${what}`;
    this.view.write("hint", `${sentence}. Arrow keys step through the frames.`);
    this.part("chart").setAttribute("aria-valuenow", (-ago_s).toFixed(1));
    this.part("chart").setAttribute("aria-valuetext", sentence);
  }

  nameBest(values) {
    const best = Math.max(...values);
    return `${this.view.classes[values.indexOf(best)].name} ${format.percent(best)}`;
  }

  // The time of the frame before (-1) or after (1) the cursor, null at the ends.
  beside(direction) {
    const row = this.chart.rowAt(this.cursor_s ?? this.chart.last_s) + direction;
    return row >= 0 && row < this.chart.count ? this.chart.times[this.chart.slot(row)] : null;
  }
}

function isUncertain(values, margin) {
  if (!values) return false;
  const [first, second] = [...values].sort((one, other) => other - one);
  return first - second < margin;
}
