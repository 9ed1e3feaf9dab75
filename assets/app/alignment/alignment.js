// The Alignment tab: holds the choices, asks the server, and keeps all figures in step.
import { clip, cursor, format, make, mode, model, parts, swatch } from "../shared/shared.js";
import { Comparison } from "./compare.js";
import { ask, nearest, post, unpack, Painter } from "./data.js";
import { HoverCard } from "./figures/card.js";
import { FilmView } from "./figures/film.js";
import { HeatView } from "./figures/heat.js";
import { MapDesk } from "./figures/map_choice.js";
import { NeighboursView } from "./figures/neighbours.js";
import { readable, ReadingView } from "./figures/reading.js";
import { fill, AttentionView, FramesView } from "./figures/time.js";
import { TokensView } from "./figures/tokens.js";
import { SidePlayer } from "./player.js";
import { WordsView } from "./words.js";

const REDRAW_MS = 120;

export class AlignmentTab {
  constructor(root) {
    this.root = root.querySelector("[data-part=root]");
    this.part = parts(root);
    this.state = {
      // Side, mode and technique: see openView.
      side: "after", mode: "text", technique: "umap", dimensions: "2", chosen: null, frames: "moments",
      value: "relative", unit: "probability", evidence: true, sentence: [0, 0], behind: false,
    };
    this.relevance = new Map();
    this.turn = new AbortController();
    this.painter = new Painter();
    this.card = new HoverCard(this.part.hover, this.root);
    const tell = (news) => this.hear(news);
    this.map = new MapDesk(this, this.part, this.card, tell);
    this.heat = new HeatView(this.part, this.card, tell);
    this.frames = new FramesView(this.part, tell);
    this.attention = new AttentionView(this.part, tell);
    this.tokens = new TokensView(this.part, tell);
    this.film = new FilmView(this.part);
    this.reading = new ReadingView(this.part);
    this.words = new WordsView(this.part);
    this.player = new SidePlayer(this.part);
    this.neighbours = new NeighboursView(this, this.part);
    this.comparison = new Comparison(this, this.part);
    this.listen();
    this.begin();
  }

  listen() {
    const { part, root } = this;
    for (const button of root.querySelectorAll("[data-set]")) this.bindSwitch(button);
    part.retry.addEventListener("click", () => this.begin());
    part.evidence.addEventListener("click", () => this.set({ evidence: !this.state.evidence }));
    part.face.addEventListener("change", () => this.openClip());
    for (const button of root.querySelectorAll("[data-save]")) {
      button.addEventListener("click", () => this.save(button.dataset.save));
    }
    part.picture.addEventListener("click", () => this.map.picture());
    clip.subscribe(() => this.model && this.follow());
    model.subscribe(() => this.model && !clip.value && this.follow());
    mode.subscribe(() => this.model && this.redraw());
    cursor.subscribe(() => this.readSoon());
    window.addEventListener("a3-new-visit", () => this.forget());
    // The tab is drawn when it is first seen, and anew when its width changes.
    let width = 0;
    new ResizeObserver(() => {
      if (root.clientWidth === width) return;
      const wait_ms = width ? REDRAW_MS : 0;
      width = root.clientWidth;
      clearTimeout(this.soon);
      if (width) this.soon = setTimeout(() => this.model && this.appear(), wait_ms);
    }).observe(root);
  }

  appear() {
    this.redraw();
    setTimeout(() => this.player.open(), 0);
    if (this.explained) this.fetchAhead();
  }

  bindSwitch(button) {
    button.addEventListener("click", () => this.set({ [button.dataset.set]: button.dataset.value }));
  }

  // ---- the model

  async begin() {
    this.part.problem.hidden = true;
    try {
      this.model = unpack(await ask("model"));
    } catch (error) {
      return this.fail(error);
    }
    const { part, model } = this;
    this.openView();
    part["idea-sentences"].textContent = String(model.sentences);
    this.drawModes();
    if (model.umap === "failed") this.withoutUmap();
    fill(part.models, [["", "choose…"], ...model.others.map((name) => [name, name])]);
    part["models-field"].hidden = !model.others.length;
    await this.openClip();
    this.caption();
  }

  // Each model opens with a view in which something is to be seen.
  openView() {
    if (this.opened === this.model.checkpoint) return;
    this.opened = this.model.checkpoint;
    Object.assign(this.state, this.model.opening);
  }

  drawModes() {
    this.part.modes.replaceChildren(
      ...this.model.modes.map(({ name, title, text }) => {
        const button = make("button", { type: "button", title: text }, format.name(title));
        Object.assign(button.dataset, { set: "mode", value: name });
        this.bindSwitch(button);
        return button;
      }),
    );
  }

  withoutUmap() {
    this.state.technique = "pca";
    const button = this.root.querySelector("[data-set=technique][data-value=umap]");
    Object.assign(button, { disabled: true, title: "UMAP cannot be used on this server" });
  }

  // Another clip, or another model: an open clip is explained by the model that analysed it.
  follow() {
    const name = clip.value?.checkpoint ?? model.value?.name;
    return name && name !== this.model.checkpoint ? this.begin() : this.openClip();
  }

  // Words for the sentences; everything works without them.
  async caption() {
    const { model } = this;
    const captions = await ask("captions").catch(() => null);
    if (!captions || this.model !== model) return;
    model.captions = captions;
    this.redraw(["sentence"]);
  }

  // ---- the clip

  // What stands beside the open clip, null for nothing.
  get other() {
    return this.comparison.other;
  }

  get face() {
    return Number(this.part.face.value || 0);
  }

  async openClip() {
    const open = clip.value;
    const { signal } = this.begins();
    if (open !== this.open) this.offerFaces(open);
    this.open = open;
    this.forget();
    this.player.open();
    if (!open) {
      this.comparison.forget();
      return this.redraw();
    }
    try {
      const answer = await ask("clip", { face: this.face }, signal);
      if (!answer) return;
      this.explained = readable(unpack(answer), (time_s) => this.crop(time_s));
      this.preview = answer.preview;
      await this.comparison.show(answer.beside, signal);
    } catch (error) {
      if (!signal.aborted) this.fail(error);
      return;
    }
    if (signal.aborted) return;
    this.state.sentence = [this.explained.verdict, 0];
    this.redraw();
    this.neighbours.fetch();
    this.fetchAhead();
  }

  // Something else is looked at: nobody waits for what was asked before.
  begins() {
    this.turn.abort();
    this.turn = new AbortController();
    return this.turn;
  }

  offerFaces(open) {
    const faces = open?.faces ?? [];
    fill(this.part.face, faces.map((_, place) => [String(place), `${place + 1} of ${faces.length}`]));
    this.part.face.value = faces.length ? "0" : "";
    this.part["face-field"].hidden = faces.length < 2;
  }

  // Numbers of a clip that is no longer open.
  forget() {
    this.explained = null;
    this.neighbours.forget();
    this.map.forget();
    this.relevance.clear();
  }

  crop(time_s) {
    const crops = clip.value?.faces[this.face]?.crops ?? [];
    if (!crops.length) return null;
    const place = nearest(crops.map(({ row }) => clip.value.times_s[row]), time_s);
    return crops[place].image;
  }

  // ---- choices

  set(changes) {
    Object.assign(this.state, changes);
    if (this.model) this.redraw(Object.keys(changes));
  }

  hear({ time_s, sentence, label }) {
    if (time_s !== undefined) cursor.set(time_s, "alignment");
    if (sentence) this.set({ sentence });
    if (label !== undefined) this.set({ chosen: this.state.chosen === label ? null : label });
  }

  // Draw what depends on the changed choices; everything without an argument.
  redraw(changes = null) {
    const touches = (...names) => changes === null || names.some((name) => changes.includes(name));
    const { state, model, explained, root } = this;
    this.showSwitches();
    this.write();
    this.neighbours.write();
    root.toggleAttribute("data-open", Boolean(explained));
    for (const section of root.querySelectorAll("[data-needs=clip]")) section.hidden = !explained;
    if (!this.isAligned) this.part.attention.closest("section").hidden = true;
    if (!root.clientWidth) return;
    if (touches("side", "mode", "technique", "dimensions", "chosen", "behind")) this.paint("map", () => this.map.show());
    if (explained) {
      this.read();
      if (touches("side", "chosen", "frames", "value")) this.paint("heat", () => this.showHeat());
      if (touches("unit", "evidence", "chosen")) this.paint("frames", () => this.showFrames());
      if (changes === null && this.isAligned) this.paint("attention", () => this.attention.show(model, this.explained));
    }
    if (touches("side", "sentence")) this.paint("tokens", () => this.tokens.show(model, state, this.isAligned));
    if (touches("side")) this.paint("film", () => this.film.show(model, state.side));
  }

  // Draw one card soon; what shows a clip is left alone once the clip is gone.
  paint(name, draw) {
    const card = this.part[name].closest("section");
    this.painter.paint(card, () => (this.explained || card.dataset.needs !== "clip") && draw());
  }

  showSwitches() {
    for (const button of this.root.querySelectorAll("[data-set]")) {
      button.setAttribute("aria-pressed", String(this.state[button.dataset.set] === button.dataset.value));
    }
    this.part.evidence.setAttribute("aria-pressed", String(this.state.evidence));
    this.part.evidence.hidden = Boolean(this.model.missing.evidence);
    this.part.sides.hidden = !this.isAligned;
    const chip = (place, ...content) =>
      make(
        "button",
        {
          type: "button",
          className: "a3-legend-item a3-al-class",
          "aria-pressed": String(this.state.chosen === place),
          onclick: () => this.set({ chosen: place }),
        },
        ...content,
      );
    const had = this.part.classes.contains(document.activeElement)
      ? [...this.part.classes.children].indexOf(document.activeElement)
      : -1;
    this.part.classes.replaceChildren(
      chip(null, "All"),
      ...this.model.labels.map((label, place) => chip(place, swatch(this.model.style.classes[label]), format.name(label))),
    );
    this.part.classes.children[had]?.focus();
  }

  write() {
    const { explained, model, state, isAligned } = this;
    this.words.write({ explained, model, state, isAligned, isOpen: Boolean(clip.value) });
  }

  // Whether anything happens between CLIP's space and the verdict's.
  get isAligned() {
    const { missing } = this.model;
    return !(missing.attention_video && missing.attention_text);
  }

  // Every other map, so that switching needs no waiting.
  async fetchAhead() {
    const { signal } = this.turn;
    if (!this.root.clientWidth) return;
    await this.painter.rest();
    await this.map.fetchAhead(signal);
  }

  // ---- the other figures

  showHeat() {
    const { explained, other } = this;
    this.heat.show(this.model, other ? [explained, other] : [explained], this.state);
  }

  async showFrames() {
    const { explained, state } = this;
    const { signal } = this.turn;
    const target = state.chosen ?? explained.verdict;
    const show = () => this.frames.show(this.model, explained, state, this.relevance.get(target));
    show();
    if (!state.evidence || this.relevance.has(target) || this.model.missing.evidence) return;
    try {
      const answer = await ask("relevance", { face: this.face, class: target }, signal);
      if (!answer) return;
      this.relevance.set(target, unpack(answer));
      if (target === (this.state.chosen ?? explained.verdict)) show();
    } catch (error) {
      if (!signal.aborted) this.part["evidence-note"].textContent = error.message;
    }
  }

  readSoon() {
    if (this.nextRead || !this.explained || !this.root.clientWidth) return;
    this.nextRead = requestAnimationFrame(() => {
      this.nextRead = null;
      if (this.explained) this.read();
    });
  }

  read() {
    const { explained, model, state } = this;
    const row = this.reading.show(model, explained, state.side, this.isAligned);
    if (row) this.player.setCrop(this.crop(cursor.time_s));
  }

  // ---- save

  async save(kind) {
    const note = this.part["save-note"];
    note.textContent = "Preparing the file…";
    try {
      const response = await post("/alignment/save", { kind, face: this.face, look: mode.value });
      const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition"))?.[1] ?? `alignment.${kind}`;
      const address = URL.createObjectURL(await response.blob());
      make("a", { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
      note.textContent = `Saved ${name}. No file holds a picture of the face.`;
    } catch (error) {
      note.textContent = error.message;
    }
  }

  fail(error) {
    this.part.problem.hidden = false;
    this.part["problem-text"].textContent = error.message || "Something went wrong; try again.";
  }
}
