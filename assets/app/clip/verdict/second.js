// A second model's verdict beside the first one's, and the hint that another model is in use by now.
import { format, make, mode, model, parts, swatch } from "../../shared/shared.js";
import { post } from "../../shared/visitor.js";

const SHOWN = 3;
// The second model may have to be loaded, and to look at the whole clip.
const ANSWER_WITHIN_MS = 1_800_000;

export class Second {
  // again: called to analyse the open clip with the model in use.
  constructor(root, again) {
    this.part = parts(root);
    this.part.again.addEventListener("click", again);
    this.part["second-model"].addEventListener("change", () => this.ask());
    model.subscribe(() => this.hint());
    mode.subscribe(() => this.draw());
  }

  async show(view) {
    this.view = view;
    this.answer = null;
    view.changed.subscribe((changes) => this.view === view && changes.includes("face") && this.ask());
    this.hint();
    this.draw();
    const names = await this.names();
    if (this.view !== view) return;
    const select = this.part["second-model"];
    const before = select.value;
    select.replaceChildren(
      make("option", { value: "" }, "no other model"),
      ...names.map((name) => make("option", { value: name }, name)),
    );
    select.value = names.includes(before) ? before : "";
    this.part.second.hidden = !names.length;
    if (select.value) this.ask();
  }

  async names() {
    try {
      const response = await post("/models/list");
      const { models } = await response.json();
      return models.map(({ name }) => name).filter((name) => name !== this.view?.data.checkpoint);
    } catch {
      return []; // the page tells of an outage where something was asked for
    }
  }

  // Nobody waits for what was asked before.
  drop() {
    this.turn?.abort();
    this.turn = new AbortController();
  }

  close() {
    this.drop();
    this.view = null;
    this.answer = null;
  }

  hint() {
    const part = this.part["other-model"];
    const [made, used] = [this.view?.data.checkpoint, model.value?.name];
    part.hidden = !this.view?.hasVideo || made === used;
    if (!part.hidden) this.part["other-model-text"].textContent = `This result is by ${made}. You have chosen ${used} since.`;
  }

  async ask() {
    const name = this.part["second-model"].value;
    const { view } = this;
    this.answer = null;
    this.drop();
    if (!name || !view) return this.draw();
    const { face } = view;
    this.draw(`${name} looks at the clip …`);
    const isWanted = () => view === this.view && face === view.face && name === this.part["second-model"].value;
    try {
      const response = await post("/models/second", {
        query: { name, face: face.face_id },
        within_ms: ANSWER_WITHIN_MS,
        signal: this.turn.signal,
      });
      const answer = await response.json();
      if (!isWanted()) return;
      this.answer = answer;
      this.draw();
    } catch (error) {
      if (isWanted()) this.draw(error.message);
    }
  }

  draw(sentence = "") {
    const box = this.part["second-answer"];
    if (!this.answer) {
      box.replaceChildren(...(sentence ? [make("p", { className: "a3-small" }, sentence)] : []));
      return;
    }
    const { title, sentence: why, rows, style } = this.answer;
    const agrees = this.answer.label === this.view.face.verdict.label;
    const items = rows.slice(0, SHOWN).map(({ label, probability }) => {
      const fill = make("i", { className: "a3-row-fill" });
      fill.style.width = `${probability * 100}%`;
      fill.style.backgroundColor = style[label][mode.value];
      return make(
        "li",
        { className: "a3-row" },
        swatch(style[label]),
        make("span", { className: "a3-row-name" }, format.name(label)),
        make("span", { className: "a3-row-bar" }, fill),
        make("span", { className: "a3-row-value" }, format.percent(probability)),
      );
    });
    box.replaceChildren(
      make("p", { className: "a3-second-title" }, make("b", {}, title), agrees ? " – the same first choice" : " – disagrees"),
      make("p", { className: "a3-small" }, why, ...(this.answer.calibrated ? [] : [" Uncalibrated: these are no frequencies."])),
      make("ol", { className: "a3-rows", ...(this.answer.calibrated ? {} : { "data-uncalibrated": "" }) }, ...items),
    );
  }
}
