// What stands beside the open clip: another clip, which walks with the same cursor, or another model.
import { cursor, format } from "../shared/shared.js";
import { ask, nearest, unpack } from "./data.js";
import { readable } from "./figures/reading.js";
import { KeptFilm } from "./kept_film.js";

const INVITATION = "Keep this clip, open another one, and both walk on the same map at the same second.";
const lower = (sentence) => sentence.charAt(0).toLowerCase() + sentence.slice(1);

export class Comparison {
  // tab: has what is open (model, explained, open, face) and begins, map, redraw and fetchAhead.
  constructor(tab, part) {
    Object.assign(this, { tab, part, other: null });
    this.film = new KeptFilm(part["kept-video"], part.video, () => this.showKept());
    part.keep.addEventListener("click", () => this.choose({ what: "clip", face: tab.face }));
    part.stop.addEventListener("click", () => this.choose({ what: "nothing" }));
    part.models.addEventListener("change", () => {
      if (part.models.value) this.choose({ what: "model", name: part.models.value });
    });
    cursor.subscribe(() => this.showKept());
    window.addEventListener("a3-new-visit", () => this.film.drop());
  }

  async choose(query) {
    const { tab, part } = this;
    try {
      const { beside } = await ask("beside", query);
      const keeps = query.what === "clip";
      this.keptFrom = keeps ? tab.open : null;
      if (keeps) this.film.take(tab.player.source);
      else this.film.drop();
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
    this.showKept();
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
    this.showKept();
  }

  // Named by what differs: the model, or the clip.
  heading(explained, isModel) {
    return `${isModel ? explained.checkpoint : explained.title}: ${lower(explained.perceived)} (${format.percent(explained.probability)})`;
  }

  // Its video, or where there is none the faces of its verdict's frames.
  showKept() {
    const { film, other, part } = this;
    const isClip = Boolean(other) && !other.isModel;
    part.kept.hidden = !isClip;
    part["kept-video"].hidden = !film.plays;
    part["kept-crop"].hidden = film.plays;
    if (!isClip) return film.follow();
    const last_s = other.times_s.at(-1);
    const face_s = other.sampled_times_s[nearest(other.sampled_times_s, cursor.time_s)];
    if (!film.plays) part["kept-crop"].src = other.crop(cursor.time_s);
    const time_s = film.plays ? Math.min(cursor.time_s, last_s) : face_s;
    const over = cursor.time_s > last_s + 0.5 ? "; it ends there" : "";
    part["kept-note"].textContent = `${other.title} at ${format.seconds(time_s)}${over}`;
  }
}
