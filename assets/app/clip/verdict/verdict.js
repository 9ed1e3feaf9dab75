// The verdict of the chosen face: words, bars of all classes, facts, and the choice of face.
import { cursor, format, make, mode, parts, swatch } from "../../shared/shared.js";

// Longer headlines are sentences and set smaller [characters].
const ONE_LINE = 22;

// "6.4 s" stays on one line.
const unbroken = (sentence) => sentence.replace(/(\d) s\b/g, "$1\u00a0s");

// A mark that opens to a sentence; one that is closed takes a line at most.
function badge({ kind, title, text }) {
  return make("details", { className: "a3-badge", "data-kind": kind }, make("summary", {}, title), make("p", {}, text));
}

const ROWS_HEAD = make("li", { className: "a3-small a3-rows-head" }, make("span", {}, "verdict"), make("span", {}, "of the time"));

export class Verdict {
  constructor(root) {
    this.part = parts(root);
    this.view = null;
    this.ticks = new Map();
    cursor.subscribe(() => this.showNow());
    mode.subscribe(() => this.draw());
  }

  show(view) {
    this.view = view;
    view.changed.subscribe(() => this.view === view && this.draw());
    this.draw();
  }

  draw() {
    if (!this.view) return;
    const { data, face } = this.view;
    this.part.title.textContent = data.title;
    const { headline, summary, badges } = face.story;
    this.part.headline.textContent = unbroken(headline);
    this.part.headline.toggleAttribute("data-long", headline.length > ONE_LINE);
    this.part.story.textContent = unbroken(summary);
    this.part.story.hidden = summary === headline;
    this.part["verdict-sentence"].textContent = face.verdict.sentence;
    this.part.badges.replaceChildren(...badges.map(badge));
    this.part.rows.toggleAttribute("data-uncalibrated", !face.verdict.calibrated);
    this.drawFaces();
    this.ticks.clear();
    this.part.rows.replaceChildren(ROWS_HEAD.cloneNode(true), ...face.verdict.rows.map((row) => this.row(row)));
    this.part.facts.replaceChildren(...this.facts());
    this.showNow();
  }

  row({ label, probability }) {
    const style = this.view.data.style.classes[label];
    const tick = make("i", { className: "a3-row-tick" });
    this.ticks.set(label, tick);
    const fill = make("i", { className: "a3-row-fill" });
    fill.style.width = `${probability * 100}%`;
    fill.style.backgroundColor = style[mode.value];
    return make(
      "li",
      { className: "a3-row" },
      swatch(style),
      make("span", { className: "a3-row-name" }, format.name(label)),
      make("span", { className: "a3-row-bar" }, fill, tick),
      make("span", { className: "a3-row-value" }, format.percent(probability)),
      make("span", { className: "a3-row-time" }, format.percent(this.view.face.story.share_of_time[label])),
    );
  }

  showNow() {
    if (!this.view) return;
    const ranking = this.view.ranking(this.view.row(cursor.time_s));
    this.part.now.textContent = ranking
      ? format.seconds(cursor.time_s)
      : `${format.seconds(cursor.time_s)}: no face`;
    for (const tick of this.ticks.values()) tick.hidden = !ranking;
    for (const { label, value } of ranking ?? []) this.ticks.get(label).style.left = `${value * 100}%`;
  }

  facts() {
    const { data, face } = this.view;
    const share = `${face.frames_with_face} of ${data.frames_analysed} analysed frames`;
    const facts = {
      "Lead over the second": `${Math.round(face.verdict.margin * 100)} points`,
      "Face seen in": share,
      Length: data.frames_read === 1 ? "a still" : `${format.moment(data.duration_s, data.duration_s)}, ${data.frames_read} frames`,
      Model: data.checkpoint,
      "Detector, device": `${data.detector}, ${data.device}`,
    };
    return Object.entries(facts).map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value)),
    );
  }

  drawFaces() {
    const { data, face } = this.view;
    this.part.faces.hidden = data.faces.length < 2;
    this.part.faces.replaceChildren(
      ...data.faces.map((each) => this.faceButton(each, each === face)),
      ...(data.faces_hidden ? [make("span", { className: "a3-small" }, `and ${data.faces_hidden} smaller`)] : []),
    );
  }

  faceButton(face, chosen) {
    const name = `Face ${face.face_id + 1}`;
    const crop = face.crops[Math.floor(face.crops.length / 2)];
    return make(
      "button",
      {
        type: "button",
        className: "a3-face",
        "aria-pressed": String(chosen),
        "aria-label": `${name}: ${face.story.headline}`,
        onclick: () => {
          this.view.set({ face });
          this.part.faces.children[face.face_id]?.focus();
        },
      },
      ...(crop ? [make("img", { src: crop.image, alt: "" })] : []),
      make("span", {}, name),
    );
  }
}
