// Which clips of the validation part come nearest: asked for, and then told at every moment.
import { cursor, make, swatch } from "../../shared/shared.js";
import { ask, nearest } from "../data.js";

export class NeighboursView {
  // tab: has model, explained, face, state and turn; set, which changes the state.
  constructor(tab, part) {
    Object.assign(this, { tab, part, found: null });
    part.behind.addEventListener("click", () => this.toggle());
    cursor.subscribe(() => this.write());
  }

  forget() {
    this.found = null;
    this.write();
  }

  async toggle() {
    this.tab.set({ behind: !this.tab.state.behind });
    await this.fetch();
  }

  async fetch() {
    const { tab } = this;
    if (!tab.state.behind || !tab.explained || this.found) return;
    const { signal } = tab.turn;
    const found = await ask("neighbours", { face: tab.face }, signal).catch(() => null);
    if (found && !signal.aborted) this.found = found;
    this.write();
  }

  write() {
    const { part, tab, found } = this;
    const { model, explained, state } = tab;
    part.behind.hidden = !model?.background || !explained;
    part.behind.setAttribute("aria-pressed", String(Boolean(state.behind)));
    part.neighbours.hidden = !state.behind || !found || !explained;
    if (part.neighbours.hidden) return;
    const row = nearest(explained.times_s, cursor.time_s);
    this.tell("now", row);
    this.tell("whole", explained.times_s.length, "Whole clip: ");
  }

  tell(name, row, before = "") {
    const { model, state } = this.tab;
    const { rows, cosines } = this.found[state.side];
    const counts = new Map();
    for (const clip of rows[row]) {
      const label = model.labels[this.found.labels[clip]];
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const parts = [...counts].flatMap(([label, count], place) => [place ? ", " : "", swatch(model.style.classes[label]), ` ${count} × ${label}`]);
    const between = `, cosine ${cosines[row].at(-1).toFixed(3)} to ${cosines[row][0].toFixed(3)}`;
    this.part[`neighbours-${name}`].replaceChildren(make("span", {}, before, ...parts, between));
  }
}
