// The clip beside the map: plays, and keeps the page's cursor in step.
import { clip, cursor, format } from "../shared/shared.js";

export class SidePlayer {
  constructor(part) {
    this.part = part;
    const { video, play, seek } = part;
    play.addEventListener("click", () => this.toggle());
    part.stage.addEventListener("click", () => this.toggle());
    seek.addEventListener("input", () => cursor.set(Number(seek.value), "alignment"));
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.showState());
    video.addEventListener("play", () => this.follow());
    video.addEventListener("error", () => this.showPicture());
    video.addEventListener("loadedmetadata", () => this.loaded());
    // Nobody sees it in another tab; the clip's own player may be in use there.
    new IntersectionObserver(() => this.shownOrHidden()).observe(part.stage);
    cursor.subscribe((time_s) => {
      if (!this.drives && this.isShown) this.seek(time_s);
      this.showTime(time_s);
    });
  }

  // The Clip tab's video has the address that works, its playable copy included; it is taken
  // over once that video has opened it.
  get source() {
    const own = document.querySelector("#clip [data-part=video]");
    if (own && own !== this.own) own.addEventListener("loadedmetadata", () => this.open());
    this.own = own;
    return own?.readyState ? own.src : "";
  }

  open() {
    const { video } = this.part;
    const source = this.isShown ? this.source : "";
    this.part.controls.hidden = !clip.value;
    this.part["no-clip"].hidden = Boolean(clip.value);
    if (!clip.value) return this.close();
    this.part.seek.max = String(clip.value.duration_s);
    if (video.src !== source) {
      if (source) video.src = source;
      else video.removeAttribute("src");
      video.load();
    }
    if (!source) this.showPicture();
    this.showTime(cursor.time_s);
  }

  close() {
    const { video, crop } = this.part;
    video.pause();
    video.removeAttribute("src");
    video.load();
    crop.hidden = true;
  }

  get isShown() {
    return Boolean(this.part.stage.offsetParent);
  }

  shownOrHidden() {
    if (this.isShown) this.seek(cursor.time_s);
    else this.part.video.pause();
  }

  // The clip's own player ignores moments that come from a "video": it is hidden meanwhile, and
  // seeking it for each frame would cost as much as playing.
  drive(time_s) {
    this.drives = true;
    cursor.set(time_s, "video");
    this.drives = false;
  }

  get plays() {
    return this.part.video.videoWidth > 0;
  }

  loaded() {
    if (!this.plays) return this.showPicture();
    this.part.crop.hidden = true;
    this.part.video.hidden = false;
    this.seek(cursor.time_s);
  }

  // Where the browser cannot play the clip, the nearest face stands for it.
  showPicture() {
    this.part.video.hidden = true;
    this.part.crop.hidden = !this.part.crop.src;
  }

  setCrop(address) {
    if (address) this.part.crop.src = address;
    if (this.part.video.hidden) this.part.crop.hidden = !address;
  }

  seek(time_s) {
    const { video } = this.part;
    if (this.plays && Math.abs(video.currentTime - time_s) > 1e-3) video.currentTime = time_s;
  }

  toggle() {
    const { video } = this.part;
    if (!this.plays) return;
    if (!video.paused) return video.pause();
    if (video.ended || cursor.time_s >= clip.value.duration_s - 0.02) cursor.set(0, "alignment");
    video.play().catch(() => this.showState());
  }

  follow() {
    const { video } = this.part;
    const next = video.requestVideoFrameCallback
      ? (step) => video.requestVideoFrameCallback(step)
      : (step) => requestAnimationFrame(step);
    const loop = (_, frame) => {
      if (!clip.value) return;
      if (!video.paused && !video.seeking) this.drive(frame?.mediaTime ?? video.currentTime);
      if (!video.paused && !video.ended) next(loop);
    };
    next(loop);
  }

  showTime(time_s) {
    this.part.seek.value = String(time_s);
    this.part.clock.textContent = format.seconds(time_s);
  }

  showState() {
    const { video, play } = this.part;
    const runs = !video.paused && !video.ended;
    // At rest, the clip's own player catches up.
    if (!runs && this.plays && this.isShown) cursor.set(cursor.time_s, "alignment");
    play.setAttribute("aria-label", runs ? "Pause" : "Play");
    this.part["icon-play"].toggleAttribute("hidden", runs);
    this.part["icon-pause"].toggleAttribute("hidden", !runs);
  }
}
