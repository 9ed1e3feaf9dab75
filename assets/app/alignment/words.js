// The Alignment tab's sentences: what is open, and how its figures are to be read.
import { ranking } from "./figures/reading.js";

export class WordsView {
  constructor(part) {
    this.part = part;
  }

  // explained: numbers of the open clip, or none yet; isAligned: whether the model has a synchronizer.
  write({ explained, model, state, isAligned, isOpen }) {
    const { part } = this;
    part.title.textContent = explained ? explained.title : model.missing.tokens ? "The sentences" : "The learned sentences";
    const merged = gathered(model, state.side, isAligned);
    part.gathered.hidden = !merged;
    part.gathered.textContent = merged;
    part.ideas.hidden = Boolean(model.missing.tokens) || !isAligned;
    if (!explained) {
      part.lead.textContent = isOpen
        ? "Working out which sentences answer to your clip…"
        : model.missing.tokens
        ? `${model.missing.tokens} Open a clip to see which of them your face answers to.`
        : `Every emotion is described by ${model.sentences} sentences that no one wrote: the model learned them. Open a clip to see which of them your face answers to.`;
      return;
    }
    const ranked = ranking(explained.spaces.after.clip_classes);
    const [first, second] = ranked.map(({ place }) => model.labels[place]);
    const where = isAligned ? "after the synchronizer the clip ends nearest" : "the clip lies nearest";
    part.lead.textContent =
      `${explained.perceived}: ${where} to the sentences of ${first}, ` +
      `by a cosine of ${(ranked[0].value - ranked[1].value).toFixed(3)} over ${second}.`;
    const alone = state.frames === "sampled" && state.chosen !== null;
    part["heat-note"].textContent =
      (state.value === "relative"
        ? "Blue: the sentence answers more than the average sentence at that moment; red: less. "
        : "Cosine of each sentence with each moment. After the synchronizer all share a large common part, so look at the difference too. ") +
      (alone ? model.missing.diagonal ?? "On the marked diagonal sentence and frame share a position in time; no loss ties them." : "Click a cell to go there.");
  }
}

// Whether the sentences of an emotion are still several, in the space that is shown and the other.
function gathered(model, side, isAligned) {
  const spaces = isAligned ? ["before", "after"] : [side];
  const found = spaces.filter((space) => model.families[space].gathered.length);
  if (!found.length) return "";
  const where = (space) => (isAligned ? `${space} the synchronizer ` : "");
  const alike = (space, classes) => {
    const values = classes.map((place) => model.families[space].within[place]);
    return (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
  };
  const nearlyOne = (space) => {
    const { gathered: classes } = model.families[space];
    const names = classes.length === model.labels.length ? "every emotion" : classes.map((place) => model.labels[place]).join(", ");
    return `${where(space)}the ${model.sentences} sentences of ${names} are nearly one (mean cosine ${alike(space, classes)})`;
  };
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  if (found.includes(side)) {
    const apart = spaces.find((space) => !found.includes(space));
    return `${capital(nearlyOne(side))}: on the map each is one spot.${apart ? ` They differ ${apart} the synchronizer.` : ""} How the clip walks between them is seen best "each centred" with PCA.`;
  }
  const all = model.labels.map((_, place) => place);
  return `Shown is the space before the synchronizer, where an emotion's sentences differ (mean cosine ${alike(side, all)}). ${capital(nearlyOne(found[0]))}.`;
}
