// What stands beside the open clip: another clip, which walks with the same cursor, or another model.
import { cursor, format } from "../shared/shared.js";
import { ask, nearest, unpack } from "./data.js";
import { readable } from "./figures/reading.js";

const INVITATION = "Keep this clip, open another one, and both walk on the same map at the same second.";
const lower = (sentence) => sentence.charAt(0).toLowerCase() + sentence.slice(1);

export class Comparison {
  // tab: has what is open (model, explained, open, face) and begins, map, redraw and fetchAhead.
  constructor(tab, part) {
    Object.assign(this, { tab, part, other: null });
    part.keep.addEventListener("click", () => this.choose({ what: "clip", face: tab.face }));
    part.stop.addEventListener("click", () => this.choose({ what: "nothing" }));
    part.models.addEventListener("change", () => {
      if (part.models.value) this.choose({ what: "model", name: part.models.value });
    });
    cursor.subscribe(() => this.showFace());
  }

  async choose(query) {
    const { tab, part } = this;
    try {
      const { beside } = await ask("beside", query);
      this.keptFrom = query.what === "clip" ? tab.open : null;
      if (query.what !== "model") part.models.value = "";
      const { signal } = tab.begins();
      tab.map.forget();
      await this.show(beside, signal);
      tab.redraw();
      tab.fetchAhead();
    } catch (error) {
      part["beside-note"].textContent = error.message;
    }
  }

  forget() {
    this.other = null;
    this.showFace();
  }

  // A clip is not compared with itself. `title` is what the server has kept, empty for nothing.
  async show(title, signal) {
    const { tab, part } = this;
    const waits = Boolean(title) && this.keptFrom === tab.open;
    this.forget();
    part.stop.hidden = !title;
    part["beside-note"].textContent = waits
      ? `${title} is kept. Open another clip in the tab Clip, and both walk on the same map.`
      : INVITATION;
    if (!title || waits) return;
    const answer = await ask("other", { face: tab.face }, signal);
    if (!answer) return;
    const other = unpack(answer);
    const isModel = other.title === tab.explained.title;
    const heading = this.heading(other, isModel);
    const crop = (time_s) => other.crops[nearest(other.sampled_times_s, time_s)];
    this.other = readable({ ...other, heading, isModel }, crop);
    part["beside-note"].textContent =
      `Compared: ${this.heading(tab.explained, isModel)}, beside ${heading}. The second path is dashed` +
      `${isModel ? " and its sentences are hollow" : ""}; one cursor moves both rings; the heat maps share one scale.`;
    this.showFace();
  }

  // Named by what differs: the model, or the clip.
  heading(explained, isModel) {
    return `${isModel ? explained.checkpoint : explained.title}: ${lower(explained.perceived)} (${format.percent(explained.probability)})`;
  }

  // The kept clip's file is gone; the faces of its verdict's frames stand for it.
  showFace() {
    const { other, part } = this;
    const image = other && !other.isModel ? other.crop(cursor.time_s) : null;
    part.kept.hidden = !image;
    if (!image) return;
    const time_s = other.sampled_times_s[nearest(other.sampled_times_s, cursor.time_s)];
    const last = other.times_s.at(-1);
    const over = cursor.time_s > last + 0.5 ? `; it ends at ${format.seconds(last)}` : "";
    part["kept-crop"].src = image;
    part["kept-note"].textContent = `${other.title} at ${format.seconds(time_s)}${over}`;
  }
}
