// Sentence by time: which sentence answered to which moment.
import { cursor, format, mode } from "../../shared/shared.js";
import { draw, nearest } from "../data.js";
import { around, FigureKeys } from "./keys.js";

export class HeatView {
  constructor(part, card, tell) {
    Object.assign(this, { part, card, tell, row: null });
    cursor.subscribe(() => this.mark());
    new FigureKeys(part.heat, this, card, part["heat-spoken"]);
  }

  // `clips` are one or two explained clips, `state` the tab's choices.
  show(model, clips, state) {
    this.shown = { model, clips, state };
    return this.draw();
  }

  async draw() {
    const { clips, state } = this.shown;
    const [first, second] = clips;
    // One scale for both, or the colours could not be compared.
    const figures = clips.map((clip) => this.figure(clip, state));
    const values = figures.flatMap(({ data }) => data[0].z.map((row) => extremes(row)));
    const [low, high] = [Math.min(...values.map(([least]) => least)), Math.max(...values.map(([, most]) => most))];
    const reach = Math.max(Math.abs(low), Math.abs(high));
    for (const { data } of figures) {
      Object.assign(data[0], state.value === "relative" ? { zmin: -reach, zmax: reach } : { zmin: low, zmax: high });
    }
    await draw(this.part["heat-plot"], figures[0]);
    this.listen(this.part["heat-plot"], first, 0);
    this.part["heat-other"].hidden = !second;
    if (second) {
      this.part["heat-other-title"].textContent = second.heading;
      await draw(this.part["heat-other-plot"], figures[1]);
      this.listen(this.part["heat-other-plot"], second, 1);
    }
    this.mark();
  }

  figure(clip, state) {
    const { model } = this.shown;
    const space = clip.spaces[state.side];
    const sampled = state.frames === "sampled";
    const cosines = sampled ? space.sampled_sentences : space.moment_sentences;
    const times = sampled ? clip.sampled_times_s : clip.times_s;
    const one = state.chosen !== null;
    const name = `${one ? "heat_one" : "heat_all"}${state.value === "relative" ? "_relative" : ""}`;
    const figure = structuredClone(model.figures[mode.value][name]);
    const [trace] = figure.data;
    const places = one ? [state.chosen] : model.labels.map((_, place) => place);
    const means = state.value === "relative" ? averages(cosines) : null;
    trace.z = [];
    trace.y = [];
    for (const place of places) {
      for (let number = 0; number < cosines.shape[2]; number += 1) {
        const row = Float32Array.from(times, (_, column) => cosines.at(column, place, number) - (means?.[column] ?? 0));
        trace.z.push(row);
        trace.y.push(`${model.labels[place]} ${number + 1}`);
      }
    }
    trace.x = sampled ? times.map((_, column) => column + 1) : times;
    trace.hoverinfo = "none";
    delete trace.hovertemplate;
    if (!one) rule(figure.layout, model.labels, cosines.shape[2]);
    this.frame(figure.layout, trace, sampled, one ? model.labels[state.chosen] : null);
    return figure;
  }

  frame(layout, trace, sampled, label) {
    layout.xaxis.title.text = sampled ? "frame of the verdict" : "time [s]";
    const onDiagonal = sampled && label && trace.x.length === trace.z.length;
    if (label) {
      layout.yaxis.title.text = `sentence of ${label}`;
      layout.yaxis.tickvals = trace.y;
      if (!onDiagonal) layout.shapes = [];
    }
    if (this.part["heat-plot"].clientWidth < 520) {
      layout.margin = { ...layout.margin, l: label ? 40 : 76, r: 4 };
      trace.showscale = false;
    }
  }

  listen(plot, clip, which) {
    if (!plot.on) return; // the tab was left before anything could be drawn
    plot.removeAllListeners?.("plotly_click");
    plot.removeAllListeners?.("plotly_hover");
    plot.removeAllListeners?.("plotly_unhover");
    const cell = ({ points: [point] }) => this.cell(...point.pointNumber);
    plot.on("plotly_click", (event) => {
      const { of, number, column } = cell(event);
      this.tell({ sentence: [of, number], time_s: which === 0 ? this.times(clip)[column] : undefined });
    });
    plot.on("plotly_hover", (event) => this.card.show(event.event, this.describe(cell(event), clip, which)));
    plot.on("plotly_unhover", () => this.card.hide());
  }

  // What a cell stands for: emotion, sentence and moment.
  cell(row, column) {
    const { clips, state } = this.shown;
    const sentences = clips[0].spaces[state.side].moment_sentences.shape[2];
    return { of: state.chosen ?? Math.floor(row / sentences), number: row % sentences, column };
  }

  times(clip) {
    return this.shown.state.frames === "sampled" ? clip.sampled_times_s : clip.times_s;
  }

  describe({ of, number, column }, clip, which) {
    const { model, state } = this.shown;
    const space = clip.spaces[state.side];
    const cosines = state.frames === "sampled" ? space.sampled_sentences : space.moment_sentences;
    const value = cosines.at(column, of, number);
    const time_s = this.times(clip)[column];
    return {
      title: `Sentence ${number + 1}`,
      label: model.labels[of],
      style: model.style.classes[model.labels[of]],
      lines: [
        ...(model.captions && !clip.isModel ? [[model.captions[of][number], ""]] : []),
        ["at", format.seconds(time_s)],
        ["cosine", value.toFixed(3).replace("-", "−")],
        ["above the average", signed(value - averageAt(cosines, column))],
      ],
      image: clip.crop(time_s),
    };
  }

  // ---- by keyboard: left and right through time, up and down through the sentences

  isFree() {
    return Boolean(this.shown);
  }

  step(across, down) {
    const [clip] = this.shown.clips;
    const plot = this.part["heat-plot"];
    const rows = plot.data[0].z.length;
    const times = this.times(clip);
    const column = Math.min(Math.max(nearest(times, cursor.time_s) + across, 0), times.length - 1);
    this.row = down || this.row === null ? around(this.row, down || 1, rows) : Math.min(this.row, rows - 1);
    if (across) this.tell({ time_s: times[column] });
    const { xaxis, yaxis, _size } = plot._fullLayout;
    const box = plot.getBoundingClientRect();
    return {
      x: box.x + _size.l + xaxis.d2p(plot.data[0].x[column]),
      y: box.y + _size.t + yaxis.d2p(plot.data[0].y[this.row]),
      content: this.describe(this.cell(this.row, column), clip, 0),
    };
  }

  enter() {
    if (this.row === null) return;
    const { of, number } = this.cell(this.row, 0);
    this.tell({ sentence: [of, number] });
  }

  mark() {
    const line = this.part["heat-cursor"];
    const frame = this.part["heat-plot"]._fullLayout;
    if (!this.shown || !frame?.xaxis || !this.part.heat.offsetParent) return;
    const { clips, state } = this.shown;
    const [clip] = clips;
    const x =
      state.frames === "sampled" ? nearest(clip.sampled_times_s, cursor.time_s) + 1 : cursor.time_s;
    const left = frame._size.l + frame.xaxis.l2p(x);
    const outside = left < frame._size.l - 1 || left > frame._size.l + frame._size.w + 1;
    line.style.visibility = outside ? "hidden" : "visible";
    line.style.transform = `translateX(${left.toFixed(1)}px)`;
    line.style.bottom = `${frame.height - frame._size.t - frame._size.h}px`;
  }
}

// The names of the emotions and the lines between them; another model may have fewer sentences.
function rule(layout, labels, sentences) {
  layout.yaxis.tickvals = labels.map((label) => `${label} ${Math.floor(sentences / 2) + 1}`);
  layout.shapes.forEach((line, index) => {
    line.y0 = line.y1 = (index + 1) * sentences - 0.5;
  });
}

function extremes(row) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of row) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function averageAt(cosines, column) {
  const values = cosines.from(column);
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function averages(cosines) {
  return Float32Array.from({ length: cosines.shape[0] }, (_, column) => averageAt(cosines, column));
}

export const signed = (value, digits = 3) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
