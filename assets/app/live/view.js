// What an answer looks like: verdict, bars, face box, crop and read-out. Elements are made once and
// only their texts and transforms change, so that ten minutes leave the page as small as ten seconds.
import { format, make, mode, swatch } from "../shared/shared.js";
import { drawCrop } from "./crop.js";
import { nameOf } from "./faces.js";

const CROP_PX = 112;
const READOUT_MS = 500;

export class LiveView {
  constructor(part, classes) {
    this.part = part;
    this.rows = [];
    this.use(classes);
    this.overlay = part("overlay").getContext("2d");
    this.crop = part("crop").getContext("2d");
    this.still = part("still");
    this.faces = [];
    this.texts = new Map();
    this.means = {};
    this.answers = [];
    this.readoutAt = 0;
  }

  // Show other classes from now on.
  use(classes) {
    for (const row of this.rows) row.forget();
    this.classes = classes;
    this.rows = classes.map((look) => this.makeRow(look));
    this.part("rows").replaceChildren(...this.rows.map((row) => row.item));
  }

  makeRow(look) {
    const bar = make("i");
    const raw = make("b");
    const share = make("span", { className: "a3-live-share" }, "–");
    const name = make("span", { className: "a3-live-name" }, format.name(look.name));
    const line = swatch(look.style);
    const across = make("span", { className: "a3-live-bar" }, bar, raw);
    const item = make("li", {}, line, name, across, share);
    const recolor = () => item.style.setProperty("color", look[mode.value]);
    line.style.color = "";
    const forget = mode.subscribe(recolor);
    recolor();
    return { item, bar, raw, share, forget, text: "–" };
  }

  // Changes a text only when it differs: a live region would repeat it, and layout would run.
  write(name, text) {
    if (this.texts.get(name) === text) return;
    this.texts.set(name, text);
    this.part(name).textContent = text;
  }

  // smoothed: probabilities or null; raw: the same before smoothing, or null.
  showValues(smoothed, raw, uncertain) {
    const best = smoothed ? smoothed.indexOf(Math.max(...smoothed)) : -1;
    this.rows.forEach((row, place) => {
      const share = smoothed ? smoothed[place] : 0;
      row.bar.style.transform = `scaleX(${share.toFixed(4)})`;
      row.raw.style.transform = `translateX(${((raw ? raw[place] : share) * 100).toFixed(2)}%)`;
      row.raw.style.opacity = raw ? "1" : "0";
      const text = smoothed ? format.percent(share) : "–";
      if (row.text !== text) row.share.firstChild.data = row.text = text;
      row.item.classList.toggle("is-best", place === best);
    });
    this.showVerdict(smoothed, best, uncertain);
  }

  showVerdict(smoothed, best, uncertain) {
    if (!smoothed) {
      this.write("label", "No face");
      this.write("sure", "Nothing to compare");
      this.part("label").dataset.kind = "none";
      return;
    }
    let second = -1;
    smoothed.forEach((share, place) => {
      if (place !== best && (second < 0 || share > smoothed[second])) second = place;
    });
    const names = [best, second].map((place) => this.classes[place].name);
    const shares = [best, second].map((place) => format.percent(smoothed[place]));
    this.part("label").dataset.kind = uncertain ? "uncertain" : "sure";
    if (uncertain) {
      this.write("label", "Uncertain");
      this.write("sure", `${names[0]} ${shares[0]} or ${names[1]} ${shares[1]}`);
    } else {
      this.write("label", format.name(names[0]));
      this.write("sure", `${shares[0]}, next ${names[1]} ${shares[1]}`);
    }
  }

  // square: what the server cut out of the picture, or null.
  showCrop(square, picture) {
    this.crop.clearRect(0, 0, CROP_PX, CROP_PX);
    if (square) drawCrop(this.crop, picture, square);
  }

  // Puts an analysed frame where the video would be, which is ahead of what is known.
  showPicture(picture) {
    if (this.still.width !== picture.width || this.still.height !== picture.height) {
      this.still.width = picture.width;
      this.still.height = picture.height;
    }
    this.still.getContext("2d").drawImage(picture, 0, 0);
    this.aspect = picture.width / picture.height;
  }

  // faces: number and x, y, side, side in pixels of a frame, by that frame; face: who is followed.
  aim({ faces, face }, { width, height }) {
    this.faces = faces.map(({ face: number, box }) => ({
      number,
      isFollowed: number === face,
      box: box.map((value, place) => value / (place % 2 ? height : width)),
    }));
  }

  // Draws the boxes of everybody in view.
  drawBoxes(mirrored, label) {
    const canvas = this.overlay.canvas;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    } else {
      this.overlay.clearRect(0, 0, width, height);
    }
    const isOne = this.faces.length === 1;
    for (const face of this.faces) {
      const name = isOne ? "" : nameOf(face.number);
      const text = face.isFollowed ? [name, label].filter(Boolean).join(": ") : name;
      this.strokeBox(this.place(face.box, width, height, mirrored), ratio, text, face.isFollowed);
    }
  }

  // Where a box lies on a canvas: left, top, width, height.
  place([x, y, w, h], width, height, mirrored) {
    const fit = this.fit(width, height);
    const left = fit.left + (mirrored ? 1 - x - w : x) * fit.width;
    return [left, fit.top + y * fit.height, w * fit.width, h * fit.height];
  }

  // The number of the face at a point of the picture [CSS px], or null.
  faceAt(x, y, mirrored) {
    const { clientWidth, clientHeight } = this.overlay.canvas;
    const hit = this.faces.find(({ box }) => {
      const [left, top, width, height] = this.place(box, clientWidth, clientHeight, mirrored);
      return x >= left && x <= left + width && y >= top && y <= top + height;
    });
    return hit ? hit.number : null;
  }

  // Where the picture lies inside its frame (object-fit: cover).
  fit(width, height) {
    const source = this.aspect || width / height;
    const wide = source > width / height;
    const across = wide ? height * source : width;
    const down = wide ? height : width / source;
    return { left: (width - across) / 2, top: (height - down) / 2, width: across, height: down };
  }

  strokeBox([x, y, width, height], ratio, label, isFollowed) {
    const context = this.overlay;
    context.beginPath();
    context.roundRect(x, y, width, height, 10 * ratio);
    context.setLineDash([]);
    context.lineWidth = 4 * ratio;
    context.strokeStyle = "rgb(0 0 0 / 55%)";
    context.stroke();
    context.setLineDash(isFollowed ? [] : [6 * ratio, 5 * ratio]);
    context.lineWidth = (isFollowed ? 2 : 1.5) * ratio;
    context.strokeStyle = "#ffffff";
    context.stroke();
    if (!label) return;
    context.font = `600 ${13 * ratio}px sans-serif`;
    const across = context.measureText(label).width + 14 * ratio;
    const top = Math.max(y - 26 * ratio, 4 * ratio);
    const left = Math.min(Math.max(x, 4 * ratio), context.canvas.width - across - 4 * ratio);
    context.fillStyle = "rgb(0 0 0 / 72%)";
    context.beginPath();
    context.roundRect(left, top, across, 22 * ratio, 6 * ratio);
    context.fill();
    context.fillStyle = "#ffffff";
    context.textBaseline = "middle";
    context.fillText(label, left + 7 * ratio, top + 11.5 * ratio);
  }

  // Running means, so that the figures can be read while they change.
  measure(name, value) {
    const before = this.means[name];
    this.means[name] = before === undefined ? value : before + 0.15 * (value - before);
  }

  countAnswer(now_ms) {
    this.answers.push(now_ms);
    while (now_ms - this.answers[0] > 3000) this.answers.shift();
  }

  get rate() {
    const span = this.answers.at(-1) - this.answers[0];
    return span > 0 ? ((this.answers.length - 1) * 1000) / span : 0;
  }

  showReadout(now_ms) {
    if (now_ms - this.readoutAt < READOUT_MS) return;
    this.readoutAt = now_ms;
    this.write("rate", `${this.rate.toFixed(1)} / s`);
    for (const [name, value] of Object.entries(this.means)) {
      this.write(name, `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`);
    }
  }

  // What was answered last says nothing about now.
  showNothing(title, detail) {
    this.showValues(null, null, false);
    this.write("label", title);
    this.write("sure", detail);
    this.showCrop(null);
    this.faces = [];
  }

  clear() {
    this.faces = [];
    this.answers.length = 0;
    this.means = {};
    this.showCrop(null);
    this.overlay.clearRect(0, 0, this.overlay.canvas.width, this.overlay.canvas.height);
  }
}
