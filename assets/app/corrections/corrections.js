// What a visitor corrects in a result: faces that are one person or none, and the range looked at.
import { clip, cursor, format, make } from "../shared/shared.js";

// Adds the card in front of the files to take along.
export function startCorrections(element, tab, trigger) {
  const corrections = new Corrections(tab, trigger);
  element.querySelector("[data-part=save]").before(corrections.card);
  clip.subscribe(() => clip.value && corrections.show(clip.value));
  return corrections;
}

class Corrections {
  // tab: analyses again, and knows which run it shows.
  constructor(tab, trigger) {
    Object.assign(this, { tab, trigger });
    this.faces = make("div", { className: "a3-corrections-faces", role: "group", ariaLabel: "Faces to correct" });
    this.merge = button("They are one person", () => this.regroup("merge"));
    this.drop = button("Leave out", () => this.regroup("leave_out"));
    this.who = make("div", { className: "a3-corrections-row" }, this.faces, this.merge, this.drop);
    this.from = seconds("From");
    this.to = seconds("to");
    this.note = make("p", { className: "a3-small", ariaLive: "polite" });
    this.range = make(
      "div",
      { className: "a3-corrections-row" },
      ...[this.from, this.to].map((field) => make("label", {}, field.ariaLabel, field, button("at the cursor", () => { field.value = cursor.time_s.toFixed(2); }), )),
      button("Look at this part", () => this.look(true)),
      button("At the whole clip", () => this.look(false)),
    );
    this.card = make("details", { className: "a3-card a3-corrections" }, make("summary", {}, "Correct the result"), this.who, this.range, this.note);
  }

  show(data) {
    this.who.hidden = data.faces.length < 2;
    // A saved result holds nothing from which a curve could be made anew.
    this.merge.hidden = Boolean(data.saved);
    this.range.hidden = data.saved?.has_video === false;
    this.card.hidden = this.who.hidden && this.range.hidden;
    this.faces.replaceChildren(...data.faces.map(({ face_id }) => {
      const box = make("input", { type: "checkbox", value: String(face_id), onchange: () => this.follow() });
      return make("label", { className: "a3-check" }, box, ` Face ${face_id + 1}`);
    }));
    this.from.value = data.times_s[0].toFixed(2);
    this.to.value = data.duration_s.toFixed(2);
    this.note.textContent = "";
    this.follow();
  }

  get chosen() {
    return [...this.faces.querySelectorAll("input:checked")].map((box) => Number(box.value));
  }

  follow() {
    const count = this.chosen.length;
    this.merge.disabled = count < 2;
    this.drop.disabled = !count || count === this.faces.children.length;
  }

  regroup(what) {
    this.note.textContent = "Correcting…";
    this.merge.disabled = this.drop.disabled = true;
    this.trigger("regroup", { [what]: this.chosen, run: this.tab.run });
  }

  look(part) {
    const { title } = this.tab;
    const range = { start_s: Number(this.from.value), end_s: Number(this.to.value) };
    if (part && !(range.end_s > range.start_s && range.start_s >= 0)) {
      this.note.textContent = `A part ends after it begins; this one would go from ${format.seconds(range.start_s)} to ${format.seconds(range.end_s)}.`;
      return;
    }
    this.tab.analyse({ retry: true, title, ...(part && range) });
  }

  // Whether a message of the server's was for this card alone.
  hear(message) {
    if (message?.type !== "correction") return false;
    this.note.textContent = message.text;
    this.follow();
    return true;
  }
}

function button(text, press) {
  const made = make("button", { type: "button", className: "a3-button a3-button-small" }, text);
  made.addEventListener("click", press);
  return made;
}

function seconds(name) {
  return make("input", { type: "number", min: 0, step: "any", ariaLabel: name });
}
