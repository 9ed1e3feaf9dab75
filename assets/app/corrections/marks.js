// A person's own marks: moments and stretches of time with a note, on a line of their own, which go
// into every file of the result. They stay in this page.
import { clip, cursor, format, make } from "../shared/shared.js";

// Adds the card in front of the files to take along. Returns what gives the marks as files hold them.
export function startMarks(element) {
  const marks = new Marks();
  element.querySelector("[data-part=save]").before(marks.card);
  element.querySelector("[data-part=studio]").addEventListener("keydown", (event) => marks.key(event));
  clip.subscribe(() => marks.open(clip.value));
  cursor.subscribe(() => marks.follow());
  return () => marks.list.map(({ start_s, end_s, text }) => ({ start_s, end_s, text }));
}

class Marks {
  constructor() {
    this.list = [];
    this.begun_s = null; // where a stretch begins whose end is not marked yet
    this.moment = button("Mark this moment", "M", () => this.add(cursor.time_s, cursor.time_s));
    this.stretch = button("Begin a stretch", "B", () => this.span());
    this.line = make("div", { className: "a3-marks-line" });
    this.now = make("i", { className: "a3-marks-now", ariaHidden: "true" });
    this.items = make("ol", { className: "a3-marks-list" });
    this.card = make(
      "div",
      { className: "a3-card a3-marks" },
      make("h3", {}, "Your marks"),
      make("div", { className: "a3-marks-buttons" }, this.moment, this.stretch),
      this.line,
      this.items,
      make("p", { className: "a3-small" }, "Marks with their notes go into CSV, JSON, ELAN, Praat and BORIS files as a tier of their own. They stay in this page, and go with the clip; the JSON brings them back."),
    );
  }

  // A corrected result of the same clip keeps its marks; a saved one brings its own.
  open(data) {
    if (!data) return;
    this.end_s = Math.max(data.duration_s, 0.04);
    if (data.marks || data.title !== this.title) this.list = [...(data.marks ?? [])];
    this.title = data.title;
    this.begun_s = null;
    this.draw();
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const actions = { m: this.moment, b: this.stretch };
    const action = actions[event.key.toLowerCase()];
    if (!action || !this.end_s) return;
    event.preventDefault();
    action.click();
  }

  span() {
    const here_s = cursor.time_s;
    if (this.begun_s === null) {
      this.begun_s = here_s;
      this.draw();
    } else {
      const [start_s, end_s] = [this.begun_s, here_s].sort((one, other) => one - other);
      this.begun_s = null;
      this.add(start_s, end_s);
    }
  }

  // The note can be written at once; Enter leads back to the marks' buttons.
  add(start_s, end_s) {
    const mark = { start_s, end_s, text: "" };
    this.list.push(mark);
    this.list.sort((one, other) => one.start_s - other.start_s || one.end_s - other.end_s);
    this.draw();
    this.items.children[this.list.indexOf(mark)].querySelector("input").focus();
  }

  remove(mark) {
    this.list = this.list.filter((each) => each !== mark);
    this.draw();
    this.moment.focus();
  }

  draw() {
    const begun = this.begun_s === null ? "Begin a stretch" : `End the stretch from ${format.seconds(this.begun_s)}`;
    this.stretch.firstChild.data = begun;
    this.items.replaceChildren(...this.list.map((mark) => this.item(mark)));
    this.line.replaceChildren(...this.list.map((mark) => this.bar(mark)), this.now);
    this.follow();
  }

  follow() {
    this.now.style.left = `${this.share(cursor.time_s)}%`;
  }

  share(time_s) {
    return this.end_s ? (100 * Math.min(time_s, this.end_s)) / this.end_s : 0;
  }

  bar(mark) {
    const bar = make("i", { ariaHidden: "true" });
    bar.style.left = `${this.share(mark.start_s)}%`;
    bar.style.width = `${this.share(mark.end_s) - this.share(mark.start_s)}%`;
    return bar;
  }

  item(mark) {
    const { start_s, end_s } = mark;
    const when = end_s > start_s ? `${format.seconds(start_s)} – ${format.seconds(end_s)}` : format.seconds(start_s);
    const go = make("button", { type: "button", className: "a3-chip", ariaLabel: `Go to ${when}` }, when);
    const note = make("input", { type: "text", value: mark.text, maxLength: 500, placeholder: "Note", ariaLabel: `Note at ${when}` });
    const drop = make("button", { type: "button", className: "a3-chip", ariaLabel: `Delete the mark at ${when}` }, "Delete");
    go.addEventListener("click", () => cursor.set(start_s, "marks"));
    note.addEventListener("input", () => { mark.text = note.value; });
    note.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // else the button that gets the focus is pressed, too
      this.moment.focus();
    });
    drop.addEventListener("click", () => this.remove(mark));
    return make("li", {}, go, note, drop);
  }
}

function button(text, key, press) {
  const made = make("button", { type: "button", className: "a3-button a3-button-small", ariaKeyShortcuts: key, title: `Key ${key}` }, text);
  made.addEventListener("click", press);
  return made;
}
