// Files to take along: the server makes them, and without it this page makes the curves and the
// result from what it holds, which are rounded to four digits.
import { make, parts } from "../../shared/shared.js";
import { connection } from "../../shared/visitor.js";
import { framesCsv, resultJson } from "./tables.js";

const MAKERS = { csv: framesCsv, json: resultJson };
const FILMS = ["webm", "mp4"];

export class Saving {
  // ask(wish): makes the server write a file; its answers come to `show`. marks(): a person's own.
  constructor(root, ask, marks) {
    this.part = parts(root);
    Object.assign(this, { ask, marks, view: null, isLost: false });
    this.buttons = [...root.querySelectorAll("[data-save]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.save(button.dataset.save));
    connection.subscribe(() => this.follow());
  }

  show(view) {
    Object.assign(this, { view, isLost: false, waits: false });
    this.say("");
    this.follow();
  }

  close() {
    this.view = null;
    this.follow();
  }

  // The server answers, but has forgotten the clip.
  lose() {
    this.isLost = true;
    this.follow();
  }

  get isAlone() {
    return this.isLost || !connection.value;
  }

  follow() {
    this.part.alone.hidden = !this.view || connection.value;
    if (this.isAlone && this.waits) this.say("The server did not answer; the file was not made.");
    if (this.isAlone) this.waits = false;
    for (const button of this.buttons) {
      const { save: kind } = button.dataset;
      button.disabled = this.waits || (this.isAlone && !(kind in MAKERS)) || (FILMS.includes(kind) && !this.view?.hasVideo);
    }
  }

  save(kind) {
    const { view } = this;
    if (!view) return;
    if (this.isAlone) return this.make(kind);
    this.waits = true;
    this.follow();
    this.say("Preparing the file…");
    const marks = this.marks();
    this.ask({ kind, face: view.face.face_id, with_faces: this.part["with-faces"].checked, marks });
  }

  // An answer of the server's.
  answered({ address, name, done, text }) {
    if (done !== undefined) return this.say(`Preparing the file… ${Math.round(done * 100)} %`);
    this.waits = false;
    this.follow();
    this.say(text ?? `Saved ${name}.`);
    if (address) make("a", { href: address, download: name }).click();
  }

  make(kind) {
    const { data, face } = this.view;
    const stem = data.title.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_ .()-]/gu, "_") || "clip";
    const name = `${stem}${data.faces.length > 1 ? `-face${face.face_id + 1}` : ""}.${kind}`;
    const address = URL.createObjectURL(new Blob([MAKERS[kind](data, face, this.marks())], { type: "text/plain" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    this.say(`Saved ${name}, made by this page: numbers have four digits.`);
  }

  say(text) {
    this.part["save-note"].textContent = text;
  }
}
