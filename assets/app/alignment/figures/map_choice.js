// Which map is drawn: asks for it, shows a first one while it waits, fetches the others ahead.
import { format, mode } from "../../shared/shared.js";
import { ask, place } from "../data.js";
import { describer, MapView } from "./map.js";

export class MapDesk {
  // tab: has what is open (model, explained, preview, other, face, crop), the choices (state), what
  // is aborted when something else is opened (turn), and fail, which tells the visitor of an error.
  constructor(tab, part, card, tell) {
    Object.assign(this, { tab, part });
    this.view = new MapView(part, card, tell);
    // Maps that were asked for, and those of them that have come.
    this.asked = new Map();
    this.known = new Map();
  }

  forget() {
    this.asked.clear();
    this.known.clear();
  }

  query(choice) {
    return { face: this.tab.face, ...choice, look: mode.value, beside: this.tab.other ? 1 : 0, behind: this.behind };
  }

  // Another model's sentences share no space with these clips.
  get behind() {
    const { state, model, other } = this.tab;
    return state.behind && model.background && !other?.isModel ? 1 : 0;
  }

  async fetch(choice, signal) {
    const query = this.query(choice);
    const key = JSON.stringify(query);
    if (!this.asked.has(key)) {
      const answer = ask("map", query, signal).then((found) => {
        if (!found) return null;
        this.known.set(key, { ...found, key });
        return this.known.get(key);
      });
      this.asked.set(key, answer);
      answer.catch(() => this.asked.delete(key));
    }
    return this.asked.get(key);
  }

  get choice() {
    const { side, mode: placement, technique, dimensions } = this.tab.state;
    return { side, mode: placement, technique, dimensions };
  }

  async show() {
    const { choice, part } = this;
    const { explained, state } = this.tab;
    const { signal } = this.tab.turn;
    if (!explained) {
      const answer = this.sentencesAlone();
      part.map.dataset.technique = answer.technique;
      await this.view.show(answer, this.facts(), state.chosen);
      part["map-note"].textContent = `The sentences of each emotion (small) and the emotion itself (large), placed by ${answer.technique.toUpperCase()}. Open a clip to see its path.`;
      return;
    }
    const known = this.known.get(JSON.stringify(this.query(choice)));
    if (known) return this.draw(known, "");
    const isCurrent = () => !signal.aborted && JSON.stringify(choice) === JSON.stringify(this.choice);
    let shown = false;
    const finished = this.fetch(choice, signal);
    finished.then(() => (shown = true), () => {});
    if (choice.technique === "umap") this.showFirst(choice, signal, () => isCurrent() && !shown);
    try {
      const answer = await finished;
      if (!answer || !isCurrent()) return;
      this.draw(answer, "");
    } catch (error) {
      if (isCurrent()) this.tab.fail(error);
    }
  }

  // The map that ships with the model.
  sentencesAlone() {
    const { model, state } = this.tab;
    const { side, technique: wish, dimensions } = state;
    const known = model.positions[side];
    const technique = `${wish}${dimensions}` in known ? wish : "pca";
    const positions = known[`${technique}${dimensions}`];
    const figure = structuredClone(model.figures[mode.value].map);
    const z = place(figure, positions, model.labels.length);
    return { figure, z, technique, key: `alone ${side} ${technique} ${dimensions}` };
  }

  // Until UMAP is ready: the stored map, or else PCA.
  async showFirst(choice, signal, isWanted) {
    try {
      const given = this.tab.preview?.[mode.value]?.[choice.side];
      const fits = choice.mode === "text" && choice.dimensions === "2" && !this.tab.other && !this.behind;
      let answer = fits && given ? { ...given, key: `first ${choice.side}` } : null;
      const name = answer ? "a first placement between the nearest sentences" : "PCA";
      answer ??= await this.fetch({ ...choice, technique: "pca" }, signal);
      if (answer && isWanted()) this.draw(answer, `UMAP is on its way; this is ${name}.`);
    } catch {
      // The finished map is asked for at the same time and reports what is wrong.
    }
  }

  draw(answer, wait) {
    const { part } = this;
    const { model, state } = this.tab;
    part["map-wait"].hidden = !wait;
    part["map-wait"].textContent = wait;
    part.map.dataset.technique = wait ? "preview" : answer.technique;
    this.view.show(answer, this.facts(), state.chosen);
    const { text } = model.modes.find(({ name }) => name === state.mode);
    const trust = answer.faithfulness
      .map((share, place) => `${format.percent(share)}${answer.names.length > 1 ? ` (${answer.names[place]})` : ""}`)
      .join(" and ");
    part["map-note"].textContent =
      `${text} How far to trust it: ${trust} of the moments lie nearest to a sentence of the same emotion as by true cosine. The star is the whole clip.`;
  }

  // The map as a file that says what it shows, of which clip and by which model.
  picture() {
    const { model, explained, state, isAligned } = this.tab;
    const space = isAligned ? `, ${state.side} the synchronizer` : "";
    const { title: placement } = model.modes.find(({ name }) => name === state.mode);
    const of = explained ? `${explained.title}: ${explained.perceived}` : "The sentences";
    const title = `${of}. Model ${model.checkpoint}${space}, ${this.part.map.dataset.technique.toUpperCase()}, ${placement}, ${state.dimensions}-D`;
    const stem = (explained?.title ?? model.checkpoint).replace(/\.\w+$/, "").replace(/[^\p{L}\p{N}]+/gu, "-");
    return this.view.picture({ title, name: `${stem}-map-${isAligned ? `${state.side}-` : ""}${state.mode}` });
  }

  facts() {
    const { model, explained, state } = this.tab;
    const space = explained?.spaces[state.side];
    return { labels: model.labels, describe: describer(model, space, explained, (time_s) => this.tab.crop(time_s)) };
  }

  // Every map of the open clip, once.
  async fetchAhead(signal) {
    const all = [];
    for (const dimensions of ["2", "3"]) {
      for (const placement of ["text", "centred", "joint"]) {
        for (const technique of ["pca", "umap"]) {
          for (const side of ["after", "before"]) all.push({ side, mode: placement, technique, dimensions });
        }
      }
    }
    if (this.ahead === signal) return;
    this.ahead = signal;
    for (const choice of all) {
      if (signal.aborted) return;
      if (choice.technique === "umap" && this.tab.state.technique === "pca" && this.tab.model.umap === "failed") continue;
      await this.fetch(choice, signal).catch(() => null);
    }
  }
}
