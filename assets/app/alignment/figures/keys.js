// Figures by keyboard: a place is moved over a figure, its card shown beside it and read out.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class FigureKeys {
  // figure: `step(across, down)` moves the place and returns {x, y, content}: where it is on the
  // page and what its card says; null where there is nothing. `enter()` chooses it. `isFree(event)`
  // tells whether a key is not needed by the figure itself.
  constructor(place, figure, card, spoken) {
    Object.assign(this, { place, figure, card, spoken });
    place.tabIndex = 0;
    place.addEventListener("keydown", (event) => this.press(event));
    place.addEventListener("blur", () => card.hide());
  }

  press(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.figure.isFree(event)) return;
    const step = STEPS[event.key];
    if (!step && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!step) return this.figure.enter();
    const at = this.figure.step(...step);
    if (!at) return;
    this.card.show({ clientX: at.x, clientY: at.y }, at.content);
    this.spoken.textContent = spokenText(at.content);
  }
}

function spokenText({ title, label, lines = [] }) {
  return [title, label, ...lines.map(([text, value]) => `${text} ${value}`.trim())].filter(Boolean).join(", ");
}

// A place among `count` that ends do not stop; from nowhere to the first or the last.
export function around(place, step, count) {
  if (place === null || place >= count) return step > 0 ? 0 : count - 1;
  return (place + step + count) % count;
}
