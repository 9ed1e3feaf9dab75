// The panel beside the map: what is nearest at this moment, and over the whole clip.
import { cursor, make, mode, swatch } from "../../shared/shared.js";
import { nearest } from "../data.js";
import { signed } from "./heat.js";

const NEAREST = 4;
// Three digits would show nothing of differences below this.
const SMALL = 0.005;

export class ReadingView {
  constructor(part) {
    this.part = part;
  }

  // Returns whether another moment is shown than before.
  show(model, explained, side, isAligned) {
    Object.assign(this, { model });
    const { part } = this;
    const space = explained.spaces[side];
    part.reading.hidden = false;
    part["whole-note"].textContent = this.note(explained, side, isAligned);
    const row = nearest(explained.times_s, cursor.time_s);
    const key = `${row} ${side} ${mode.value} ${Boolean(model.captions)}`;
    if (this.explained === explained && part.reading.dataset.row === key) return false;
    this.explained = explained;
    part.reading.dataset.row = key;
    const sentences = [...space.moment_sentences.from(row)];
    const found = explained.nearest(space.moment_sentences, row, NEAREST);
    part.nearest.replaceChildren(
      ...found.map((each) => this.row(each, `${model.labels[each.place]} ${each.number + 1}`, sentences, model.captions?.[each.place][each.number])),
    );
    part.whole.replaceChildren(
      ...ranking(space.clip_classes).slice(0, 3).map((each) => this.row(each, model.labels[each.place], space.clip_classes)),
    );
    return true;
  }

  note(explained, side, isAligned) {
    const { labels } = this.model;
    const values = explained.spaces[side].clip_classes;
    const best = ranking(values)[0].place;
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    return `Cosine above the average, which is ${average.toFixed(3).replace("-", "−")} here. ${meaning()}`;

    function meaning() {
      if (!isAligned) return "Nothing lies between CLIP's space and the verdict's: this method has no synchronizer.";
      if (side === "after") return "The verdict is made from these differences.";
      if (best === explained.verdict) return "CLIP alone would already lean this way.";
      return `CLIP alone would lean to ${labels[best]}; the synchronizer decides otherwise.`;
    }
  }

  // The bar grows from the average of all to the best.
  row({ place, value }, text, values, words = "") {
    const average = values.reduce((sum, each) => sum + each, 0) / values.length;
    const share = (value - average) / (Math.max(...values) - average || 1);
    const bar = make("i");
    bar.style.width = `${100 * Math.max(share, 0)}%`;
    const style = this.model.style.classes[this.model.labels[place]];
    bar.style.background = style[mode.value];
    const name = make("span", {}, text, ...(words ? [make("small", {}, words)] : []));
    const digits = Math.max(...values) - average < SMALL ? 4 : 3;
    return make("li", { className: "a3-al-row", title: `cosine ${value.toFixed(3)}${words ? `; nearest words: ${words}` : ""}` }, swatch(style), name, make("b", {}, bar), make("output", {}, signed(value - average, digits)));
  }
}

// Add the few questions that several figures ask of an explained clip.
export function readable(explained, crop) {
  const nearestOf = (cosines, row, count) => {
    const [, , sentences] = cosines.shape;
    return [...cosines.from(row)]
      .map((value, index) => ({ value, place: Math.floor(index / sentences), number: index % sentences }))
      .sort((one, other) => other.value - one.value)
      .slice(0, count);
  };
  return Object.assign(explained, {
    crop,
    nearest: nearestOf,
    best: (cosines, row) => nearestOf(cosines, row, 1)[0],
    moment(cosines, place, number) {
      const values = explained.times_s.map((_, row) => cosines.at(row, place, number));
      return { now: values[nearest(explained.times_s, cursor.time_s)], most: Math.max(...values) };
    },
  });
}

export function ranking(values) {
  return values.map((value, place) => ({ value, place })).sort((one, other) => other.value - one.value);
}
