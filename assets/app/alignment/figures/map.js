// The map: sentences, emotions, and the clip walking among them.
import { cursor, format } from "../../shared/shared.js";
import { draw, nearest } from "../data.js";
import { Turntable } from "./space.js";

const MINUS = "−";
const TRAIL_S = 1.2;
const FADED = 0.12;

export class MapView {
  // `tell` receives what was clicked: {time_s} or {sentence: [class, number]} or {label}.
  constructor(part, card, tell) {
    Object.assign(this, { part, card, tell, answer: null });
    this.table = new Turntable(part.map, () => this.draw());
    cursor.subscribe(() => this.mark());
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
      trace.hoverinfo = "none";
      const place = index % classes;
      const faded = this.chosen !== null && index < this.firstPath && place !== this.chosen;
      if (faded) trace.marker.opacity = FADED;
    });
    this.table.set(Boolean(answer.z));
    if (answer.z) this.table.project(figure, answer.z, getComputedStyle(this.part.map).getPropertyValue("--a3-border"));
    this.caption(figure, classes);
    this.path = answer.times_s?.[0] ? figure.data[this.firstPath] : null;
    figure.layout.height = this.part.map.clientHeight;
    // Keeps what the visitor zoomed, as long as the map is the same one.
    figure.layout.uirevision = answer.key ?? "sentences";
    await draw(this.part["map-plot"], figure, { scrollZoom: true });
    this.listen();
    this.mark();
  }

  // The names stand where their points are, and fade with them.
  caption({ data, layout }, classes) {
    const named = [...data.slice(classes, 2 * classes), ...data.slice(this.firstPath).filter((_, place) => place % 2 === 1)];
    (layout.annotations ?? []).forEach((caption, place) => {
      [caption.x, caption.y] = [named[place].x[0], named[place].y[0]];
      if (this.chosen !== null && place < classes && place !== this.chosen) caption.opacity = 0.3;
    });
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

  // Where the clip stands now, and the way it came.
  mark() {
    const { "map-overlay": overlay, "map-now": now, "map-trail": trail } = this.part;
    const path = this.path;
    overlay.toggleAttribute("hidden", !path);
    if (!path) return;
    const times = this.answer.times_s[0];
    const row = nearest(times, cursor.time_s);
    this.part.map.dataset.row = String(row);
    const frame = this.part["map-plot"]._fullLayout;
    if (!frame?.xaxis) return;
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

  picture(title) {
    const background = getComputedStyle(this.part.map.closest(".a3-card")).backgroundColor;
    const plot = this.part["map-plot"];
    const figure = {
      data: plot.data,
      layout: { ...plot.layout, paper_bgcolor: background, plot_bgcolor: background },
    };
    const size = { width: plot.clientWidth, height: plot.clientHeight, scale: 2 };
    return window.Plotly.downloadImage(figure, { ...size, format: "png", filename: title });
  }
}

// What the card says about a point of the map.
export function describer(model, space, explained, crop) {
  const styleOf = (place) => model.style.classes[model.labels[place]];
  const cosine = (value) => value.toFixed(3).replace("-", MINUS);
  return (point, answer) => {
    const own = point.video === 0 || point.video === undefined;
    if (point.sentence) {
      const [place, number] = point.sentence;
      const lines = [];
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
