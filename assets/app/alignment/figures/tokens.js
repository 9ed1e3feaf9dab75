// What the learned sentences became: nearest words, and how alike they are.
import { make, mode } from "../../shared/shared.js";
import { ask, draw, matrix } from "../data.js";
import { fill } from "./time.js";

const CLOSE = 0.95;

export class TokensView {
  // `tell` receives {sentence: [class, number]} when another one is picked.
  constructor(part, tell) {
    Object.assign(this, { part, tell, known: new Map(), wish: 0 });
    const pick = () => tell({ sentence: [Number(part["token-class"].value), Number(part["token-sentence"].value)] });
    part["token-class"].addEventListener("change", pick);
    part["token-sentence"].addEventListener("change", pick);
    part.everything.addEventListener("click", () => {
      const on = part.everything.getAttribute("aria-pressed") !== "true";
      part.everything.setAttribute("aria-pressed", String(on));
      this.words();
    });
  }

  show(model, state, isAligned) {
    Object.assign(this, { model, state, isAligned });
    const { part } = this;
    fill(part["token-class"], model.labels.map((label, place) => [String(place), label]));
    this.offerSentences();
    part["token-class"].value = String(state.sentence[0]);
    part["token-sentence"].value = String(state.sentence[1]);
    this.drawFamilies();
    return this.words();
  }

  // The number of each sentence of the chosen emotion, with a few words of it.
  offerSentences() {
    const { part, model, state } = this;
    const captions = model.captions?.[state.sentence[0]] ?? [];
    const options = Array.from({ length: model.sentences }, (_, place) =>
      make("option", { value: String(place) }, captions[place] ? `${place + 1}: ${captions[place]}` : String(place + 1)),
    );
    part["token-sentence"].replaceChildren(...options);
  }

  // A method without learned tokens has sentences that anybody can read.
  plain() {
    const { part, model, state } = this;
    const [place, number] = state.sentence;
    const sentences = (model.captions?.[place] ?? []).filter(Boolean);
    part["tokens-note"].textContent = model.missing.tokens + (sentences.length ? ` These are its sentences for ${model.labels[place]}.` : "");
    part.tokens.replaceChildren(
      ...sentences.map((sentence, each) => make("li", { className: "a3-al-sentence", "aria-current": String(each === number) }, make("span", {}, sentence))),
    );
    part.everything.hidden = true;
  }

  async words() {
    const { part, state, model } = this;
    part["tokens-title"].textContent = model.missing.tokens ? "The sentences" : "What the sentences became";
    if (model.missing.tokens) return this.plain();
    const everything = part.everything.getAttribute("aria-pressed") === "true" ? 1 : 0;
    const [place, number] = state.sentence;
    const key = `${place} ${number} ${everything}`;
    this.wish += 1;
    const wish = this.wish;
    if (!this.known.has(key)) {
      const query = { class: place, sentence: number, everything };
      this.known.set(key, await ask("words", query).catch(() => null));
      if (!this.known.get(key)) this.known.delete(key);
    }
    const found = this.known.get(key);
    if (wish === this.wish && found) this.write(found, place, number);
  }

  write(found, place, number) {
    const { part, model } = this;
    part.everything.hidden = !found.restricted && part.everything.getAttribute("aria-pressed") !== "true";
    const among = found.restricted
      ? `Compared with the ${found.vocabulary} words that the text tower was trained on.`
      : `Compared with all ${found.vocabulary.toLocaleString("en")} entries of the vocabulary.`;
    const length = found.norms.reduce((sum, value) => sum + value, 0) / found.norms.length;
    const moved = model.film?.scenes.at(-1).drift[place][number];
    const drift = moved === undefined ? "" : ` Since its start the sentence has turned by ${((Math.acos(1 - moved) * 180) / Math.PI).toFixed(0)}°.`;
    const parts = found.words.some(([word]) => word.endsWith("-")) ? " A hyphen at the end marks what only begins a word." : "";
    part["tokens-note"].textContent =
      `${found.words.length} learned tokens make up sentence ${number + 1} of ${model.labels[place]}; below is the nearest word to each, with its cosine. ${found.warning} ${among} ` +
      `Mean length of a token ${length.toFixed(2)}, of a word ${found.word_norm.toFixed(2)}.${drift}${parts}`;
    part.tokens.replaceChildren(
      ...found.words.map((words, token) => {
        const nearness = found.cosines[token];
        const all = words.map((word, rank) => `${word} ${nearness[rank].toFixed(2)}`).join(", ");
        const item = make("li", { title: `Token ${token + 1}: ${all}` }, make("span", {}, words[0]), make("small", {}, nearness[0].toFixed(2)));
        item.style.setProperty("--nearness", String(Math.min(Math.max(nearness[0], 0), 1)));
        return item;
      }),
    );
  }

  drawFamilies() {
    const { model, state, part } = this;
    const family = model.families[state.side];
    const figures = model.figures[mode.value];
    const classes = structuredClone(figures.classes);
    classes.data[0].z = family.classes;
    classes.data[0].texttemplate = digits(family.classes);
    compact(classes, part["classes-plot"]);
    draw(part["classes-plot"], classes);
    const sentences = structuredClone(figures.sentences);
    const count = model.labels.length * model.sentences;
    const names = model.labels.flatMap((label) => Array.from({ length: model.sentences }, (_, place) => `${label} ${place + 1}`));
    Object.assign(sentences.data[0], { z: matrix(family.sentences.values, count), text: names });
    sentences.data[0].hovertemplate = "cosine %{z:.3f}<extra></extra>";
    compact(sentences, part["family-plot"]);
    draw(part["family-plot"], sentences);
    const within = family.within.reduce((sum, value) => sum + value, 0) / family.within.length;
    const places = family.between > CLOSE ? 4 : 2;
    const collapsed = family.gathered.map((place) => model.labels[place]);
    part["classes-note"].textContent = closest(family.classes, model.labels);
    part["family-note"].textContent =
      model.sentences === 1
        ? `Mean cosine between emotions ${family.between.toFixed(places)}; each has one sentence.`
        : `Mean cosine within an emotion ${within.toFixed(places)}, between emotions ${family.between.toFixed(places)}. ` +
          collapse(collapsed, model.labels, this.isAligned && state.side === "after");
  }
}

function collapse(collapsed, labels, bySynchronizer) {
  if (!collapsed.length) return "No emotion has collapsed to a single sentence.";
  const which = collapsed.length === labels.length ? "every emotion" : collapsed.join(", ");
  return bySynchronizer
    ? `The synchronizer draws the sentences of ${which} together until they are nearly one.`
    : `The sentences of ${which} have become nearly one.`;
}

export function compact(figure, place) {
  if (place.clientWidth > 420) return;
  figure.data[0].showscale = false;
  figure.data[0].textfont = { size: 9 };
  figure.layout.margin = { ...figure.layout.margin, l: 70, r: 4 };
  figure.layout.height = Math.min(figure.layout.height, place.clientWidth + 60);
}

// Two digits would call everything 1.00 where a large common part is shared.
export function digits(cosines) {
  return Math.min(...cosines.flat()) > CLOSE ? "%{z:.3f}" : "%{z:.2f}";
}

function closest(cosines, labels) {
  let best = [0, 1];
  labels.forEach((_, one) =>
    labels.forEach((__, other) => {
      if (one < other && cosines[one][other] > cosines[best[0]][best[1]]) best = [one, other];
    }),
  );
  const [one, other] = best;
  const shared = Math.min(...cosines.flat()) > CLOSE ? " All share a large common part; the verdict looks at what is left." : "";
  return `Closest to each other: ${labels[one]} and ${labels[other]} (${cosines[one][other].toFixed(3)}).${shared}`;
}
