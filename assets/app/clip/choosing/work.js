// The panel of work in progress: the clip's picture, the stage, and the time left.
import { calm, format, parts } from "../../shared/shared.js";

const STAGES = {
  upload: "Sending the clip",
  reopen: "Opening the result",
  waiting: "Waiting for a free place",
  read: "Finding faces, frame by frame",
  encode: "Finding faces, frame by frame",
  align: "Comparing with the learned sentences",
};

export class Work {
  constructor(root) {
    this.part = parts(root);
    this.picture = null;
  }

  show({ stage, done, left_s, place = 0 }) {
    this.part["working-stage"].textContent = place ? `${STAGES[stage]}: ${place} before you` : STAGES[stage];
    const percent = Math.round(done * 100);
    const unknown = ["upload", "reopen", "waiting"].includes(stage);
    this.part.progress.toggleAttribute("data-unknown", unknown);
    if (unknown) this.part.progress.removeAttribute("aria-valuenow");
    else this.part.progress.setAttribute("aria-valuenow", String(percent));
    this.part.progress.firstElementChild.style.width = unknown ? "" : `${percent}%`;
    this.part["working-left"].textContent =
      left_s === null ? (unknown ? "" : `${percent} %`) : `${unknown ? "" : `${percent} % · `}about ${duration(left_s)} left`;
  }

  showPicture(address, kind) {
    this.clearPicture();
    const element = this.part[`working-${kind}`];
    element.hidden = false;
    element.src = address;
    if (kind === "video") {
      this.picture = address;
      element.onerror = () => (element.hidden = true);
      if (!calm()) element.play().catch(() => {});
    }
  }

  clearPicture() {
    for (const kind of ["video", "image"]) {
      const element = this.part[`working-${kind}`];
      element.onerror = null;
      element.hidden = true;
      element.removeAttribute("src");
    }
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = null;
  }
}

function duration(seconds) {
  return seconds < 60 ? `${Math.max(1, Math.round(seconds))} s` : `${format.clock(seconds)} min`;
}
