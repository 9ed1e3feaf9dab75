// What is being looked at in the open clip: which face, which curve, which stretch of time.
import { cursor, shared } from "../shared/shared.js";

const SHORTEST_S = 0.5;

export class View {
  constructor(data) {
    this.data = data;
    this.face = data.faces[0];
    this.kind = "windowed";
    this.quantity = "probability";
    this.smoothing = "smooth";
    this.hidden = new Set();
    this.range = [0, this.end_s];
    this.changed = shared(null);
  }

  // A saved result may be open without its video.
  get hasVideo() {
    return this.data.saved?.has_video ?? true;
  }

  get end_s() {
    return Math.max(this.data.duration_s, this.data.times_s.at(-1) ?? 0, 0.04);
  }

  // Change some of the above and tell every part of the studio.
  set(changes) {
    Object.assign(this, changes);
    this.changed.set(Object.keys(changes), "view");
  }

  // Show a stretch of time, moved and cut to what there is [s].
  look(start_s, length_s) {
    const length = Math.min(Math.max(length_s, Math.min(SHORTEST_S, this.end_s)), this.end_s);
    const start = Math.min(Math.max(start_s, 0), this.end_s - length);
    this.set({ range: [start, start + length] });
  }

  get isZoomed() {
    const [start, end] = this.range;
    return end - start < this.end_s - 1e-6;
  }

  get canNarrow() {
    const [start, end] = this.range;
    return end - start > SHORTEST_S + 1e-6;
  }

  get curves() {
    return this.face.curves[this.kind][this.quantity][this.smoothing];
  }

  // The probabilities behind labels and bars: those of the curve, whatever its unit.
  get probabilities() {
    return this.face.curves[this.kind].probability[this.smoothing];
  }

  // The analysed frame nearest to a moment.
  row(time_s) {
    const times = this.data.times_s;
    const after = firstAtLeast(times, time_s);
    if (after === 0) return 0;
    if (after === times.length) return times.length - 1;
    return times[after] - time_s < time_s - times[after - 1] ? after : after - 1;
  }

  // The analysed frame that a step of -1 or 1 from a moment leads to.
  stepped(time_s, step) {
    const times = this.data.times_s;
    const close = 1e-3;
    const row = step > 0 ? firstAtLeast(times, time_s + close) : firstAtLeast(times, time_s - close) - 1;
    return times[Math.min(Math.max(row, 0), times.length - 1)];
  }

  // Classes and probabilities at an analysed frame, largest first; null in a gap.
  ranking(row) {
    if (this.probabilities[0][row] === null) return null;
    return this.data.labels
      .map((label, index) => ({ label, value: this.probabilities[index][row] }))
      .sort((one, other) => other.value - one.value);
  }

  // The face square between the analysed frames around a moment; null in a gap.
  box(time_s, face = this.face) {
    const times = this.data.times_s;
    const after = Math.min(firstAtLeast(times, time_s), times.length - 1);
    const before = times[after] > time_s ? Math.max(after - 1, 0) : after;
    const [one, other] = [face.boxes[before], face.boxes[after]];
    const nearest = face.boxes[this.row(time_s)];
    if (!one || !other || !nearest) return nearest;
    const share = after === before ? 0 : (time_s - times[before]) / (times[after] - times[before]);
    return one.map((value, index) => value + (other[index] - value) * share);
  }

  // The picture of the face nearest to a moment, null where there is none within reach.
  crop(time_s, reach_s = Infinity) {
    const crops = this.face.crops;
    if (!crops.length) return null;
    const times = this.data.times_s;
    let best = crops[0];
    for (const crop of crops) {
      if (Math.abs(times[crop.row] - time_s) < Math.abs(times[best.row] - time_s)) best = crop;
    }
    return Math.abs(times[best.row] - time_s) <= reach_s ? best : null;
  }

  inGap(time_s) {
    return this.face.gaps.some(([start, end]) => time_s >= start && time_s <= end);
  }

  go(time_s, source) {
    cursor.set(time_s, source);
    const [start, end] = this.range;
    const length = end - start;
    if (cursor.time_s < start || cursor.time_s > end) this.look(cursor.time_s - length / 2, length);
  }
}

function firstAtLeast(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Let the buttons marked data-set="name" data-value="value" switch the view.
export function bindSwitches(root, currentView) {
  for (const button of root.querySelectorAll("[data-set]")) {
    button.addEventListener("click", () => {
      const view = currentView();
      if (!view) return;
      view.set({ [button.dataset.set]: button.dataset.value });
      showSwitches(root, view);
    });
  }
}

export function showSwitches(root, view) {
  for (const button of root.querySelectorAll("[data-set]")) {
    button.setAttribute("aria-pressed", String(view[button.dataset.set] === button.dataset.value));
  }
}
