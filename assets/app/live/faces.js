// Whom the camera sees, and whom the visitor wants followed: by a click on a face, or by buttons.
import { make } from "../shared/shared.js";

// A chosen face that is out of view for so long is no longer waited for.
const GONE_S = 2;

export class LiveFaces {
  // bar: where the buttons are; changed(): the visitor chose.
  constructor(bar, changed) {
    this.bar = bar;
    this.changed = changed;
    this.forget();
  }

  forget() {
    this.asked = null; // number of the chosen face; null leaves the choice to the server
    this.seen_s = 0;
    this.shown = "";
    this.bar.replaceChildren();
    this.bar.hidden = true;
  }

  // A second click on the chosen face gives the choice back.
  choose(face) {
    this.asked = this.asked === face ? null : face;
    this.seen_s = Infinity; // until an answer knows of the choice
    this.changed();
  }

  // faces: everybody in view; face: who is followed, or null.
  show(time_s, { faces, face }) {
    if (faces.some((each) => each.face === this.asked)) this.seen_s = time_s;
    else if (this.seen_s === Infinity) this.seen_s = time_s;
    if (this.asked !== null && time_s - this.seen_s > GONE_S) this.asked = null;
    const shown = JSON.stringify([faces.map((each) => each.face), face, this.asked]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.bar.hidden = faces.length < 2;
    this.update(faces.length < 2 ? [] : faces, face);
  }

  // Buttons that stay keep the focus.
  update(faces, followed) {
    const known = new Map([...this.bar.children].map((button) => [Number(button.value), button]));
    const buttons = faces.map(({ face }) => known.get(face) ?? this.makeButton(face));
    for (const button of known.values()) if (!buttons.includes(button)) button.remove();
    buttons.forEach((button, place) => {
      if (this.bar.children[place] !== button) {
        this.bar.insertBefore(button, this.bar.children[place] ?? null);
      }
      button.setAttribute("aria-pressed", String(Number(button.value) === followed));
    });
  }

  makeButton(face) {
    const button = make("button", { type: "button", value: face }, nameOf(face));
    button.addEventListener("click", () => this.choose(face));
    return button;
  }
}

export const nameOf = (face) => `Face ${face + 1}`;
