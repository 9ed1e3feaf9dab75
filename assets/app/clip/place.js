// The open clip in the page's address: which example, which face, which moment.
import { address } from "../shared/address.js";
import { cursor } from "../shared/shared.js";

// Browsers take about three changes a second; a film that plays would make more.
const SETTLED_MS = 400;

export class Place {
  constructor() {
    this.view = null;
    // What the address asked for when the page was opened.
    this.wanted = address.value;
    cursor.subscribe(() => this.moved());
    address.subscribe((wanted) => this.view && this.go(wanted, this.view));
  }

  // The example that the address names, if there is one of that name.
  example(examples) {
    return examples.find(({ name }) => name === this.wanted.example);
  }

  // A clip is on its way; example: its name, null for a visitor's own.
  begin(example) {
    this.view = null;
    clearTimeout(this.soon);
    if (example !== this.wanted.example) this.wanted = {};
    address.set({ example, face: null, t: null }, { enter: !address.isOpen, open: true });
  }

  show(view) {
    this.go(this.wanted, view);
    this.wanted = {};
    this.view = view;
    view.changed.subscribe((changes) => this.view === view && changes.includes("face") && this.write());
    this.write();
  }

  go({ face, t }, view) {
    const found = view.data.faces[Number(face) - 1];
    if (found && found !== view.face) view.set({ face: found });
    if (Number.isFinite(Number.parseFloat(t))) view.go(Number.parseFloat(t), "address");
  }

  close() {
    this.view = null;
    clearTimeout(this.soon);
    address.set({ example: null, face: null, t: null }, { open: false });
  }

  moved() {
    clearTimeout(this.soon);
    if (this.view) this.soon = setTimeout(() => this.write(), SETTLED_MS);
  }

  write() {
    const { data, face } = this.view;
    address.set({
      face: data.faces.length > 1 ? String(data.faces.indexOf(face) + 1) : null,
      t: cursor.time_s > 0 ? cursor.time_s.toFixed(2) : null,
    });
  }
}
