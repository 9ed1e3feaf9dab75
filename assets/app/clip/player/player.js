// The video with the face drawn over it; plays, seeks, and keeps the page's cursor in step.
import { cursor, format, mode, parts } from "../../shared/shared.js";

const SPEEDS = [1, 0.5, 0.25, 2];
// Chromium learns the length of a recording that states none by looking for its end.
const BEYOND_ANY_END_S = 1e7;

export class Player {
  // `askForCopy` is called when the browser cannot show the clip.
  constructor(root, askForCopy) {
    this.part = parts(root);
    this.askForCopy = askForCopy;
    this.view = null;
    this.unplayable = false;
    this.listen();
  }

  listen() {
    const { video, stage, play, back, forward, speed, sound, box } = this.part;
    video.addEventListener("play", () => this.playing());
    for (const name of ["pause", "ended"]) video.addEventListener(name, () => this.stopped());
    video.addEventListener("error", () => this.refused());
    video.addEventListener("loadedmetadata", () => this.loaded());
    stage.addEventListener("click", (event) => this.press(event));
    play.addEventListener("click", () => this.toggle());
    back.addEventListener("click", () => this.step(-1));
    forward.addEventListener("click", () => this.step(1));
    speed.addEventListener("click", () => this.nextSpeed());
    sound.addEventListener("click", () => this.setSound(video.muted));
    box.addEventListener("click", () => this.setBox(box.getAttribute("aria-pressed") !== "true"));
    new ResizeObserver(() => this.draw()).observe(stage);
    new IntersectionObserver(() => !stage.offsetParent && video.pause()).observe(stage);
    mode.subscribe(() => this.draw());
    cursor.subscribe((time_s, source) => {
      if (source !== "video") this.seek(time_s);
      this.draw();
    });
  }

  show(view, address) {
    this.view = view;
    view.changed.subscribe(() => this.view === view && this.draw());
    this.unplayable = false;
    this.setSound(false);
    this.part.speed.textContent = "1×";
    this.part.stage.hidden = !address;
    if (address) return this.load(address);
    this.unload();
    this.unplayable = true;
    this.draw();
  }

  load(address) {
    const { video } = this.part;
    this.note("");
    this.measuring = false;
    video.src = address;
    video.load();
    this.showState();
  }

  close() {
    this.view = null;
    this.unload();
  }

  unload() {
    const { video } = this.part;
    video.pause();
    video.removeAttribute("src");
    video.load();
  }

  note(text) {
    this.part["stage-note"].textContent = text;
    this.part["stage-note"].hidden = !text;
  }

  loaded() {
    const { video } = this.part;
    // Sound only: the browser knows the container, but not the picture's codec.
    if (!video.videoWidth) return this.refused();
    this.unplayable = false;
    if (video.duration === Infinity) {
      this.measuring = true;
      video.addEventListener("durationchange", () => this.measured(), { once: true });
      video.currentTime = BEYOND_ANY_END_S;
    } else {
      this.seek(cursor.time_s);
    }
    this.draw();
  }

  measured() {
    this.measuring = false;
    this.part.video.playbackRate = 1;
    this.seek(cursor.time_s);
  }

  refused() {
    if (!this.view || !this.part.video.hasAttribute("src")) return;
    this.unplayable = true;
    this.note("This browser cannot play the clip as it is. A playable copy is being made…");
    this.askForCopy();
    this.draw();
  }

  seek(time_s) {
    const { video } = this.part;
    if (!this.view || this.measuring || !video.videoWidth) return;
    if (Math.abs(video.currentTime - time_s) > 1e-4) video.currentTime = time_s;
  }

  toggle() {
    const { video } = this.part;
    if (!video.paused) return video.pause();
    if (video.ended || cursor.time_s >= this.view.end_s - 0.02) this.view.go(0, "player");
    video.play().catch(() => this.showState());
  }

  step(direction) {
    this.part.video.pause();
    this.view.go(this.view.stepped(cursor.time_s, direction), "player");
  }

  playing() {
    this.showState();
    const { video } = this.part;
    const follow = (_, frame) => {
      if (video.paused || video.seeking || !this.view) return;
      this.view.go(frame?.mediaTime ?? video.currentTime, "video");
    };
    const next = video.requestVideoFrameCallback
      ? (step) => video.requestVideoFrameCallback(step)
      : (step) => requestAnimationFrame(step);
    const loop = (now, frame) => {
      follow(now, frame);
      if (!video.paused && !video.ended) next(loop);
    };
    next(loop);
  }

  // A slow machine draws fewer frames than it plays: where it stopped counts.
  stopped() {
    this.showState();
    const { video } = this.part;
    if (this.view && !video.seeking) this.view.go(video.currentTime, "video");
  }

  showState() {
    const { video, play } = this.part;
    const runs = !video.paused && !video.ended;
    play.setAttribute("aria-label", runs ? "Pause" : "Play");
    this.part["icon-play"].toggleAttribute("hidden", runs);
    this.part["icon-pause"].toggleAttribute("hidden", !runs);
  }

  nextSpeed() {
    const { video, speed } = this.part;
    const place = SPEEDS.indexOf(video.playbackRate);
    video.playbackRate = SPEEDS[(place + 1) % SPEEDS.length];
    speed.textContent = `${video.playbackRate}×`;
  }

  setSound(on) {
    this.part.video.muted = !on;
    this.part.sound.setAttribute("aria-pressed", String(on));
  }

  setBox(on) {
    this.part.box.setAttribute("aria-pressed", String(on));
    this.draw();
  }

  // A click on another face chooses it, a click elsewhere plays or pauses.
  press(event) {
    if (!this.view) return;
    const { left, top } = this.part.stage.getBoundingClientRect();
    const other = this.view.data.faces.find(
      (face) => face !== this.view.face && this.holds(face, event.clientX - left, event.clientY - top),
    );
    if (other) this.view.set({ face: other });
    else this.toggle();
  }

  holds(face, x, y) {
    const box = this.view.box(cursor.time_s, face);
    if (!box) return false;
    const [left, top, width, height] = this.onStage(box);
    return x >= left && x <= left + width && y >= top && y <= top + height;
  }

  // Where a box in pixels of the upright frame lies on the stage [CSS px].
  onStage([x, y, width, height]) {
    const [frameWidth, frameHeight] = this.view.data.frame_size;
    const { clientWidth, clientHeight } = this.part.stage;
    const scale = Math.min(clientWidth / frameWidth, clientHeight / frameHeight);
    const left = (clientWidth - frameWidth * scale) / 2;
    const top = (clientHeight - frameHeight * scale) / 2;
    return [left + x * scale, top + y * scale, width * scale, height * scale];
  }

  draw() {
    const { stage, overlay, clock, box: boxButton } = this.part;
    if (!this.view) return;
    const { duration_s } = this.view.data;
    clock.firstChild.textContent = format.moment(cursor.time_s, duration_s);
    clock.lastChild.textContent = ` / ${format.moment(duration_s, duration_s)}`;
    this.drawFaceAlone();
    if (!stage.clientWidth) return; // out of sight, or there is no video
    const density = window.devicePixelRatio || 1;
    overlay.width = stage.clientWidth * density;
    overlay.height = stage.clientHeight * density;
    const context = overlay.getContext("2d");
    context.scale(density, density);
    if (boxButton.getAttribute("aria-pressed") !== "true" || this.unplayable) return;
    for (const face of this.view.data.faces) this.drawFace(context, face);
  }

  // While the browser has no picture of the clip, the nearest face of the strip stands there.
  drawFaceAlone() {
    const { "stage-face": image, play } = this.part;
    const crop = this.unplayable && this.view.crop(cursor.time_s);
    image.hidden = !crop;
    if (crop && image.src !== crop.image) image.src = crop.image;
    play.disabled = this.unplayable;
  }

  drawFace(context, face) {
    const box = this.view.box(cursor.time_s, face);
    if (!box) return;
    const chosen = face === this.view.face;
    const [left, top, width, height] = this.onStage(box);
    const ranking = chosen && this.view.ranking(this.view.row(cursor.time_s));
    // The stage is black in both modes.
    const color = ranking ? this.view.data.style.classes[ranking[0].label].dark : "#ffffff";
    context.lineWidth = chosen ? 2.5 : 1.5;
    context.setLineDash(chosen ? [] : [5, 4]);
    context.strokeStyle = color;
    context.beginPath();
    context.roundRect(left, top, width, height, 6);
    context.stroke();
    if (ranking) this.drawTag(context, ranking[0], color, left, top, height);
  }

  drawTag(context, { label, value }, color, left, top, height) {
    const text = `${format.name(label)} ${format.percent(value)}`;
    context.font = `600 13px ${getComputedStyle(this.part.stage).fontFamily}`;
    const width = context.measureText(text).width + 16;
    const x = Math.max(Math.min(left, this.part.stage.clientWidth - width), 0);
    const y = top >= 28 ? top - 28 : Math.min(top + height + 4, this.part.stage.clientHeight - 24);
    context.fillStyle = color;
    context.beginPath();
    context.roundRect(x, y, width, 24, 6);
    context.fill();
    context.fillStyle = "#0d1014";
    context.fillText(text, x + 8, y + 17);
  }
}
