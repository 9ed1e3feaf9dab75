// The map: sentences, emotions, and the clip walking among them.
import { cursor, format } from "../../shared/shared.js";
import { draw, nearest } from "../data.js";
import { around, FigureKeys } from "./keys.js";
import { spreadNames } from "./names.js";
import { Turntable } from "./space.js";

const MINUS = "−";
const TRAIL_S = 1.2;
const FADED = 0.12;
// The trace of validation clips, as app/alignment/figures/map.py names it.
const BACKGROUND = "validation clips";
const TITLE_PX = 64;
const LETTER_PX = 8;

export class MapView {
  // `tell` receives what was clicked: {time_s} or {sentence: [class, number]} or {label}.
  constructor(part, card, tell) {
    Object.assign(this, { part, card, tell, answer: null, sentence: null });
    this.table = new Turntable(part.map, () => this.draw());
    cursor.subscribe(() => this.mark());
    new FigureKeys(part.map, this, card, part["map-spoken"]);
  }

  // `facts` knows labels, sentences per class and what to write on the card.
  show(answer, facts, chosen) {
    Object.assign(this, { answer, facts, chosen });
    return this.draw();
  }

  async draw() {
    const { answer, facts } = this;
    const figure = structuredClone(answer.figure);
    const classes = facts.labels.length;
    this.firstPath = 2 * classes * (answer.models ?? 1);
    figure.data.forEach((trace, index) => {
      // The card takes the place of plotly's own; the way between moments answers to nothing.
      if (trace.hoverinfo !== "skip") trace.hoverinfo = "none";
      const place = index % classes;
      const faded = this.chosen !== null && index < this.firstPath && place !== this.chosen;
      if (faded) trace.marker.opacity = FADED;
    });
    this.table.set(Boolean(answer.z));
    if (answer.z) this.table.project(figure, answer.z, getComputedStyle(this.part.map).getPropertyValue("--a3-border"));
    this.caption(figure, classes);
    this.paths = this.ofVideos(figure.data).filter((_, place) => place % 2 === 0);
    figure.layout.height = this.part.map.clientHeight;
    // Keeps what the visitor zoomed, as long as the map is the same one.
    figure.layout.uirevision = answer.key ?? "sentences";
    await draw(this.part["map-plot"], figure, { scrollZoom: true });
    if (!answer.z && this.part["map-plot"]._fullLayout?.xaxis) await spreadNames(this.part["map-plot"]);
    this.listen();
    this.mark();
  }

  // The names stand where their points are, and fade with them.
  caption({ data, layout }, classes) {
    const named = [...data.slice(classes, 2 * classes), ...this.ofVideos(data).filter((_, place) => place % 2 === 1)];
    (layout.annotations ?? []).forEach((caption, place) => {
      [caption.x, caption.y] = [named[place].x[0], named[place].y[0]];
      if (this.chosen !== null && place < classes && place !== this.chosen) caption.opacity = 0.3;
    });
  }

  // Moments and whole clip of each video, without the way between them.
  ofVideos(data) {
    return data.slice(this.firstPath, this.firstPath + 2 * (this.answer.names?.length ?? 0));
  }

  listen() {
    const plot = this.part["map-plot"];
    if (this.listening || !plot.on) return;
    this.listening = true;
    plot.on("plotly_click", (event) => this.press(this.point(event)));
    plot.on("plotly_hover", (event) => this.hover(this.point(event), event.event));
    plot.on("plotly_unhover", () => this.card.hide());
    plot.on("plotly_relayout", () => this.mark());
    plot.on("plotly_relayouting", () => this.mark());
  }

  // What lies under the pointer.
  point({ points: [{ curveNumber, pointNumber }] }) {
    const classes = this.facts.labels.length;
    const place = curveNumber % classes;
    if (curveNumber < this.firstPath) {
      const round = Math.floor(curveNumber / classes);
      const model = Math.floor(round / 2);
      return round % 2 === 0 ? { model, sentence: [place, pointNumber] } : { model, label: place };
    }
    const video = Math.floor((curveNumber - this.firstPath) / 2);
    if (this.part["map-plot"].data[curveNumber].name === BACKGROUND) return { clip: pointNumber, text: this.part["map-plot"].data[curveNumber].text[pointNumber] };
    if (video >= this.answer.names.length) return {};
    const isClip = (curveNumber - this.firstPath) % 2 === 1;
    return isClip ? { video, whole: true } : { video, moment: pointNumber };
  }

  press(point) {
    if (point.moment !== undefined && point.video === 0) {
      this.tell({ time_s: this.answer.times_s[0][point.moment] });
    } else if (point.sentence) this.tell({ sentence: point.sentence });
    else if (point.label !== undefined) this.tell({ label: point.label });
  }

  hover(point, event) {
    const content = this.facts.describe(point, this.answer);
    if (content) this.card.show(event?.[0] ?? event, content);
  }

  // ---- by keyboard: left and right along the clip, up and down through the sentences

  // Arrows turn a map of three dimensions; with Shift they do the same there.
  isFree(event) {
    return Boolean(this.answer) && (!this.table.active || event.shiftKey || event.key === "Enter");
  }

  step(across, down) {
    const plot = this.part["map-plot"];
    const found = across && this.paths.length ? this.stepMoment(across) : this.stepSentence(across || down);
    const { trace, row, point } = found;
    const { xaxis, yaxis, _size } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return {
      x: box.x + _size.l + xaxis.l2p(trace.x[row]),
      y: box.y + _size.t + yaxis.l2p(trace.y[row]),
      content: this.facts.describe(point, this.answer),
    };
  }

  stepMoment(step) {
    const [times] = this.answer.times_s;
    const row = Math.min(Math.max(nearest(times, cursor.time_s) + step, 0), times.length - 1);
    this.tell({ time_s: times[row] });
    return { trace: this.paths[0], row, point: { video: 0, moment: row } };
  }

  stepSentence(step) {
    const { data } = this.part["map-plot"];
    const each = data[0].x.length;
    const first = this.chosen === null ? 0 : this.chosen * each;
    const count = this.chosen === null ? each * this.facts.labels.length : each;
    this.sentence = around(this.sentence, step, count);
    const place = Math.floor((first + this.sentence) / each);
    const number = (first + this.sentence) % each;
    return { trace: data[place], row: number, point: { model: 0, sentence: [place, number] } };
  }

  enter() {
    if (this.sentence === null) return;
    const each = this.part["map-plot"].data[0].x.length;
    const place = (this.chosen === null ? 0 : this.chosen * each) + this.sentence;
    this.tell({ sentence: [Math.floor(place / each), place % each] });
  }

  // Where each clip stands at the cursor's moment, and the way it came.
  mark() {
    const { "map-overlay": overlay, "map-plot": plot, map } = this.part;
    overlay.toggleAttribute("hidden", !this.paths?.length);
    if (!this.paths?.length) return;
    const frame = plot._fullLayout;
    map.dataset.row = String(nearest(this.answer.times_s[0], cursor.time_s));
    if (!frame?.xaxis) return;
    for (const [video, suffix] of ["", "-other"].entries()) {
      const path = this.paths[video];
      const [now, trail] = [this.part[`map-now${suffix}`], this.part[`map-trail${suffix}`]];
      for (const mark of [now, trail]) mark.toggleAttribute("hidden", !path);
      if (path) this.place(path, this.answer.times_s[video], frame, now, trail);
    }
  }

  place(path, times, frame, now, trail) {
    const row = nearest(times, cursor.time_s);
    const at = (place) => [
      frame._size.l + frame.xaxis.l2p(path.x[place]),
      frame._size.t + frame.yaxis.l2p(path.y[place]),
    ];
    const [x, y] = at(row);
    now.setAttribute("cx", x);
    now.setAttribute("cy", y);
    const from = times.findIndex((time_s) => time_s >= times[row] - TRAIL_S);
    const points = [];
    for (let place = Math.max(from, 0); place <= row; place += 1) points.push(at(place).join(","));
    trail.setAttribute("points", points.join(" "));
  }

  // title: what the picture says above the map; name: of the file.
  picture({ title, name }) {
    const background = getComputedStyle(this.part.map.closest(".a3-card")).backgroundColor;
    const plot = this.part["map-plot"];
    const { clientWidth: width, clientHeight: height } = plot;
    const font = { size: 14, color: getComputedStyle(plot).color };
    const figure = {
      data: plot.data,
      layout: {
        ...plot.layout,
        title: { text: wrapped(escaped(title), width), font, x: 0.02, xanchor: "left", y: 1, yanchor: "top", pad: { t: 10 } },
        margin: { ...plot.layout.margin, t: TITLE_PX },
        paper_bgcolor: background,
        plot_bgcolor: background,
      },
    };
    const size = { width, height: height + TITLE_PX, scale: 2 };
    return window.Plotly.downloadImage(figure, { ...size, format: "png", filename: name });
  }
}

// plotly reads a few tags in titles; a clip's name is the visitor's own.
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

// A title in lines that fit a picture [px].
function wrapped(text, width) {
  const longest = Math.max(Math.floor(width / LETTER_PX), 20);
  const lines = [""];
  for (const word of text.split(" ")) {
    if ((lines.at(-1) + word).length > longest && lines.at(-1)) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines.join("<br>");
}

// What the card says about a point of the map.
export function describer(model, space, explained, crop) {
  const styleOf = (place) => model.style.classes[model.labels[place]];
  const cosine = (value) => value.toFixed(3).replace("-", MINUS);
  return (point, answer) => {
    if (point.clip !== undefined) return { title: format.name(point.text) };
    const own = point.video === 0 || point.video === undefined;
    if (point.sentence) {
      const [place, number] = point.sentence;
      const lines = [];
      const words = point.model ? "" : (model.captions?.[place][number] ?? "");
      if (words) lines.push([words, ""]);
      if (space && !point.model) {
        const values = explained.moment(space.moment_sentences, place, number);
        lines.push(["now", cosine(values.now)], ["highest in the clip", cosine(values.most)]);
      }
      return { title: `Sentence ${number + 1}`, label: model.labels[place], style: styleOf(place), lines };
    }
    if (point.label !== undefined) {
      const lines = space && !point.model ? [["cosine with the clip", cosine(space.clip_classes[point.label])]] : [];
      return { title: "The emotion itself", label: model.labels[point.label], style: styleOf(point.label), lines };
    }
    if (!own || (point.moment === undefined && !point.whole)) {
      return point.video === undefined ? null : { title: answer.names[point.video] };
    }
    const values = point.whole ? space.clip_classes : [...space.moment_classes.from(point.moment)];
    const ranked = values.map((value, place) => ({ value, place })).sort((one, other) => other.value - one.value);
    const time_s = point.whole ? null : answer.times_s[0][point.moment];
    const [best] = ranked;
    const sentence = point.whole ? null : explained.best(space.moment_sentences, point.moment);
    return {
      title: point.whole ? "The whole clip" : format.seconds(time_s),
      label: model.labels[best.place],
      style: styleOf(best.place),
      lines: [
        ...ranked.slice(0, 3).map(({ value, place }) => [model.labels[place], cosine(value)]),
        ...(sentence ? [[`${model.labels[sentence.place]}, sentence ${sentence.number + 1}`, cosine(sentence.value)]] : []),
      ],
      image: time_s === null ? null : crop(time_s),
    };
  };
}
