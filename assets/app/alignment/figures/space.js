// The map in three dimensions, drawn as a picture that turns: quick without a graphics card, and
// everything that works on the flat map works here.
const START = { yaw: 0.7, pitch: 0.35 };
const PER_PX = 0.01;
const PER_KEY = 0.15;
const STEEPEST = 1.4;
const ROOM = 1.12;
// How much nearer points grow, and farther ones fade.
const GROWTH = 0.35;
const FADING = 0.45;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EDGES = [[0, 1], [1, 3], [3, 2], [2, 0], [4, 5], [5, 7], [7, 6], [6, 4], [0, 4], [1, 5], [2, 6], [3, 7]];

export class Turntable {
  // `turned` is called after each turn, at most once per picture of the screen.
  constructor(place, turned) {
    Object.assign(this, { place, turned, active: false }, START);
    place.addEventListener("pointerdown", (event) => this.grab(event), true);
    window.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => (this.held = null));
    }
    place.addEventListener("keydown", (event) => this.press(event));
  }

  // Whether the map that is shown can be turned.
  set(active) {
    this.active = active;
    this.place.toggleAttribute("data-turns", active);
  }

  grab(event) {
    if (this.active && event.button === 0) this.held = [event.clientX, event.clientY];
  }

  drag(event) {
    if (!this.held || !this.active) return;
    const [x, y] = this.held;
    this.held = [event.clientX, event.clientY];
    this.turn((event.clientX - x) * PER_PX, (event.clientY - y) * PER_PX);
  }

  press(event) {
    const way = KEYS[event.key];
    if (!this.active || !way || event.shiftKey) return;
    event.preventDefault();
    this.turn(way[0] * PER_KEY, way[1] * PER_KEY);
  }

  turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, -STEEPEST), STEEPEST);
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.turned();
    });
  }

  // Put a figure of two dimensions and the third coordinate `z` of its traces onto the screen.
  project(figure, z, color) {
    const box = bounds(figure.data, z);
    const radius = Math.hypot(...box.half) || 1;
    const see = this.camera(box.middle);
    figure.data.forEach((trace, index) => {
      const points = trace.x.map((x, place) => see(x, trace.y[place], z[index][place]));
      trace.x = points.map(([x]) => x);
      trace.y = points.map(([, y]) => y);
      const near = points.map(([, , depth]) => depth / radius);
      if (!trace.marker) return;
      const { size, opacity = 1 } = trace.marker;
      const own = (place) => (Array.isArray(size) ? size[place] : size);
      trace.marker.size = near.map((depth, place) => own(place) * (1 + GROWTH * depth));
      trace.marker.opacity = near.map((depth) => opacity * (1 - FADING * Math.max(-depth, 0)));
    });
    figure.data.push(frame(box, see, color));
    const range = [-radius * ROOM, radius * ROOM];
    Object.assign(figure.layout, {
      dragmode: false,
      xaxis: { ...figure.layout.xaxis, range },
      yaxis: { ...figure.layout.yaxis, range },
    });
  }

  camera(middle) {
    const [sinYaw, cosYaw] = [Math.sin(this.yaw), Math.cos(this.yaw)];
    const [sinPitch, cosPitch] = [Math.sin(this.pitch), Math.cos(this.pitch)];
    return (...point) => {
      const [x, y, z] = point.map((value, axis) => value - middle[axis]);
      const across = cosYaw * x - sinYaw * y;
      const away = sinYaw * x + cosYaw * y;
      return [across, cosPitch * z + sinPitch * away, sinPitch * z - cosPitch * away];
    };
  }
}

function bounds(data, z) {
  const extent = [data.flatMap(({ x }) => x), data.flatMap(({ y }) => y), z.flat()].map((values) => [
    Math.min(...values),
    Math.max(...values),
  ]);
  return {
    middle: extent.map(([low, high]) => (low + high) / 2),
    half: extent.map(([low, high]) => (high - low) / 2),
  };
}

// The box around all points, so that the eye sees which way the map is turned.
function frame({ middle, half }, see, color) {
  const corner = (number) => see(...half.map((size, axis) => middle[axis] + size * (number & (1 << axis) ? 1 : -1)));
  const [x, y] = [[], []];
  for (const edge of EDGES) {
    for (const number of edge) {
      const [across, up] = corner(number);
      x.push(across);
      y.push(up);
    }
    x.push(null);
    y.push(null);
  }
  return { type: "scatter", mode: "lines", name: "box", x, y, hoverinfo: "skip", line: { color, width: 1 } };
}
