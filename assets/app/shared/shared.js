// What every tab shares: one clip, one time cursor over it, the colour mode, small builders.

// A value that several parts of the page watch. `source` names who changed it, so that a part
// can ignore its own changes.
export function shared(initial) {
  const listeners = new Set();
  let value = initial;
  return {
    get value() {
      return value;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next, source) {
      value = next;
      for (const listener of [...listeners]) listener(value, source);
    },
  };
}

const time = shared(0);
export const cursor = {
  get time_s() {
    return time.value;
  },
  subscribe: time.subscribe,
  // Move every linked view to a moment of the clip [s].
  set(time_s, source = "page") {
    const end = clip.value ? clip.value.duration_s : Infinity;
    time.set(Math.min(Math.max(time_s, 0), end), source);
  },
};

// The data of the clip that is open (see app/figures/studio.py), null where there is none.
export const clip = shared(null);

// The model that the next clip or camera frame is for (see app/models/description.py).
export const model = shared(null);

export const mode = shared(readMode());
function readMode() {
  return document.body.classList.contains("dark") ? "dark" : "light";
}
new MutationObserver(() => {
  if (readMode() !== mode.value) mode.set(readMode(), "page");
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });

// Find the elements that a template marks with data-part="name".
export function parts(root) {
  const found = {};
  for (const element of root.querySelectorAll("[data-part]")) found[element.dataset.part] = element;
  return found;
}

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "style") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A sample of a class's line: colour, dash and marker together, as in the chart.
const MARKERS = {
  circle: "M15 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
  square: "M15 5h6v6h-6z",
  diamond: "M18 4l4 4-4 4-4-4z",
  "triangle-up": "M18 4l4 7h-8z",
  star: "M18 3.4l1.2 3.1 3.3.2-2.6 2 .9 3.2-2.8-1.8-2.8 1.8.9-3.2-2.6-2 3.3-.2z",
  cross: "M16.8 4h2.4v2.8H22v2.4h-2.8V12h-2.4V9.2H14V6.8h2.8z",
  "triangle-down": "M18 12l4-7h-8z",
  x: "M14.6 6.1l1.5-1.5L18 6.5l1.9-1.9 1.5 1.5L19.5 8l1.9 1.9-1.5 1.5L18 9.5l-1.9 1.9-1.5-1.5L16.5 8z",
  pentagon: "M18 4l4 2.9-1.5 4.7h-5L14 6.9z",
  hexagram: "M18 3.5l1.4 2.3h2.7L20.8 8l1.3 2.2h-2.7L18 12.5l-1.4-2.3h-2.7L15.2 8l-1.3-2.2h2.7z",
  bowtie: "M14 4.5v7l8-7v7z",
};
export function swatch(style) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 36 16");
  svg.setAttribute("class", "a3-swatch");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(namespace, "path");
  line.setAttribute("d", "M0 8h36");
  line.setAttribute("fill", "none");
  line.setAttribute("stroke", "currentColor");
  line.setAttribute("stroke-width", "2");
  if (style.dash !== "solid") line.setAttribute("stroke-dasharray", style.dash.replaceAll("px", ""));
  const marker = document.createElementNS(namespace, "path");
  marker.setAttribute("d", MARKERS[style.symbol] ?? MARKERS.circle);
  marker.setAttribute("fill", "currentColor");
  svg.append(line, marker);
  svg.style.color = style[mode.value];
  return svg;
}

export const format = {
  seconds: (value) => `${value.toFixed(2)} s`,
  percent: (value) => `${Math.round(value * 100)} %`,
  name: (label) => label.charAt(0).toUpperCase() + label.slice(1),
  // A moment of a clip: with minutes where the clip has any.
  moment(value, end_s) {
    if (end_s < 60) return `${value.toFixed(2)} s`;
    const tenths = Math.round(value * 10);
    return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
  },
  clock(value) {
    const whole = Math.round(value);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  },
};

// One word for the next page in this browser tab; of several the first stays.
const NOTE = "a3-note";
export const note = {
  leave: (word) => stored((storage) => storage.getItem(NOTE) ?? storage.setItem(NOTE, word)),
  // Whether this word was left; it is then taken away.
  take(word) {
    const found = stored((storage) => storage.getItem(NOTE)) === word;
    if (found) stored((storage) => storage.removeItem(NOTE));
    return found;
  },
};

// A browser that blocks all cookies refuses this storage, too.
function stored(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}

export const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
