// The result: video, verdict and curves of one clip, each of which follows the same view.
import { calm, clip, cursor, parts } from "../shared/shared.js";
import { Player } from "./player/player.js";
import { bindKeys } from "./keys.js";
import { Place } from "./place.js";
import { Saving } from "./saving/saving.js";
import { Chart } from "./timeline/chart.js";
import { Episodes } from "./timeline/episodes.js";
import { Overview } from "./timeline/overview.js";
import { Readout } from "./timeline/readout.js";
import { Strip } from "./timeline/strip.js";
import { Zoom } from "./timeline/zoom.js";
import { Second } from "./verdict/second.js";
import { Verdict } from "./verdict/verdict.js";
import { bindSwitches, showSwitches, View } from "./view.js";

export class Studio {
  // ask(name, wish): makes the server do something; marks(): a person's own, as files hold them;
  // again(): analyses the clip once more.
  constructor(root, { ask, marks, again }) {
    this.root = root;
    this.part = parts(root);
    this.view = null;
    const chart = new Chart(root);
    const overTime = [Readout, Strip, Episodes, Overview, Zoom].map((Part) => new Part(root, chart));
    this.shown = [chart, ...overTime, new Verdict(root)];
    this.player = new Player(root, () => ask("preview", {}));
    this.second = new Second(root, again);
    this.place = new Place();
    this.saving = new Saving(root, (wish) => ask("save", wish), marks);
    bindKeys(this.part.studio, this.player, () => this.view);
    bindSwitches(root, () => this.view);
  }

  // address: where the video is, null for a saved result without it. plays: whether it begins to.
  show(data, { address, plays }) {
    const before = this.view;
    this.view = new View(data);
    const goBack = before?.data.saved ? keepPlace(before, this.view) : null;
    clip.set(data, "clip");
    cursor.set(0, "clip");
    showSwitches(this.root, this.view);
    for (const each of this.shown) each.show(this.view);
    this.player.show(this.view, address);
    this.place.show(this.view);
    // An example is there to be seen moving, unless the address asks for a moment of it.
    if (plays && !calm() && cursor.time_s === 0) this.part.video.play().catch(() => {});
    this.second.show(this.view);
    this.saving.show(this.view);
    goBack?.();
    const { story, verdict } = this.view.face;
    this.part.announcer.textContent = `Perceived expression: ${story.summary}. ${verdict.sentence}`;
    if (this.root.contains(document.activeElement) || document.activeElement === document.body) {
      this.part.studio.focus({ preventScroll: true });
    }
  }

  close() {
    if (!this.view) return;
    this.view = null;
    this.player.close();
    this.second.close();
    this.saving.close();
    clip.set(null, "clip");
    cursor.set(0, "clip");
  }
}

// The face and the moment that were looked at, for the same result once its video is here.
function keepPlace(before, after) {
  const face = after.data.faces.find(({ face_id }) => face_id === before.face.face_id);
  const { time_s } = cursor;
  return () => {
    if (face && face !== after.face) after.set({ face });
    after.go(time_s, "saved");
  };
}
