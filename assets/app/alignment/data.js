// Numbers of the Alignment tab: how they are asked for and unpacked.
import { plotly } from "../shared/plotly.js";
import { post as postAsVisitor } from "../shared/visitor.js";

const ANSWER_WITHIN_MS = 60000;
const ASK_AGAIN_MS = 400;

// Ask one of our routes; null once the visitor has gone on to something else (`signal`).
export async function ask(path, query = {}, signal = null) {
  try {
    for (;;) {
      const response = await post(`/alignment/${path}`, query, signal);
      if (signal?.aborted) return null;
      if (response.status !== 202) return await response.json();
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      if (signal?.aborted) return null;
    }
  } catch (error) {
    if (signal?.aborted) return null;
    throw error;
  }
}

export function post(path, query, signal = null) {
  return postAsVisitor(path, { query, signal, within_ms: ANSWER_WITHIN_MS });
}

// What `packed` and `packed_bytes` of app/alignment/figures/packing.py wrote.
class Packed {
  constructor({ shape, step, data }) {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const counts = step < 0.001 ? new Int16Array(bytes.buffer) : bytes;
    this.shape = shape;
    this.values = Float32Array.from(counts, (count) => count * step);
  }

  // The number at one place.
  at(...place) {
    return this.values[this.offset(place)];
  }

  // The numbers of the last axis or axes that start at a place.
  from(...place) {
    const length = this.shape.slice(place.length).reduce((product, size) => product * size, 1);
    const start = this.offset([...place, ...Array(this.shape.length - place.length).fill(0)]);
    return this.values.subarray(start, start + length);
  }

  offset(place) {
    return place.reduce((offset, index, axis) => offset * this.shape[axis] + index, 0);
  }
}

// Unpack everything below an answer.
export function unpack(answer) {
  if (Array.isArray(answer)) return answer;
  if (answer === null || typeof answer !== "object") return answer;
  if ("step" in answer && "data" in answer) return new Packed(answer);
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, unpack(value)]));
}

export function nearest(sorted, value) {
  let best = 0;
  for (let place = 1; place < sorted.length; place += 1) {
    if (Math.abs(sorted[place] - value) < Math.abs(sorted[best] - value)) best = place;
  }
  return best;
}

// Rows of a matrix that lies flat.
export function matrix(values, columns) {
  const rows = [];
  for (let start = 0; start < values.length; start += columns) rows.push(values.subarray(start, start + columns));
  return rows;
}

const CONFIG = { displaylogo: false, showSendToCloud: false, displayModeBar: false, scrollZoom: false };

// Draw a figure as wide as its place.
export function draw(place, { data, layout }, config = {}) {
  if (!place.clientWidth) return Promise.resolve();
  const sized = { ...layout, width: place.clientWidth, autosize: false };
  const show = () => window.Plotly.react(place, data, sized, { ...CONFIG, ...config });
  return window.Plotly ? show() : plotly().then(show);
}

// Move the sentences and emotions of a map: `positions` holds all sentences, class by class,
// and then the emotions. Returns the third coordinates by trace, null where there are two.
export function place({ data, layout }, positions, classes) {
  const sentences = positions.length / classes - 1;
  const groups = data.slice(0, 2 * classes).map((_, index) => {
    const from = index < classes ? index * sentences : index - classes + classes * sentences;
    return positions.slice(from, from + (index < classes ? sentences : 1));
  });
  groups.forEach((own, index) => {
    data[index].x = own.map(([x]) => x);
    data[index].y = own.map(([, y]) => y);
  });
  (layout.annotations ?? []).slice(0, classes).forEach((caption, index) => {
    [caption.x, caption.y] = positions[classes * sentences + index];
  });
  return positions[0].length < 3 ? null : groups.map((own) => own.map(([, , z]) => z));
}

// Draws what the visitor sees at once, one figure after the other, and the rest when the
// browser has nothing else to do. Of several wishes for one place only the last is drawn.
export class Painter {
  constructor() {
    this.waiting = new Map();
    // Whoever scrolls need not wait for the idle browser.
    this.observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && this.soon());
  }

  paint(element, draw) {
    this.observer.observe(element);
    this.waiting.set(element, draw);
    if (this.timer) return;
    if (!isNear(element)) return this.soon();
    this.timer = setTimeout(() => this.next(), 0);
    this.run(element);
  }

  run(element) {
    const draw = this.waiting.get(element);
    this.waiting.delete(element);
    draw();
  }

  soon() {
    if (!this.waiting.size) return;
    const seen = [...this.waiting.keys()].find(isNear);
    // A task of its own each, so that the browser can show one figure before the next begins.
    if (seen) this.timer ??= setTimeout(() => this.next(seen), 0);
    else this.idle ??= idle(() => this.next([...this.waiting.keys()][0]));
  }

  next(element) {
    [this.timer, this.idle] = [null, null];
    if (this.waiting.has(element)) this.run(element);
    this.soon();
  }

  // Once everything is drawn.
  async rest() {
    while (this.waiting.size) await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const idle = window.requestIdleCallback
  ? (work) => window.requestIdleCallback(work, { timeout: 1000 })
  : (work) => setTimeout(work, 100);

function isNear(element) {
  const { top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && top < window.innerHeight && bottom > 0;
}
