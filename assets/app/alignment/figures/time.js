// The verdict's frames: what each contributes, where the evidence lies, and who reads whom.
import { cursor, format, make, mode } from "../../shared/shared.js";
import { draw, matrix, nearest } from "../data.js";
import { signed } from "./heat.js";

const CROP_PX = 112;
// Dark violet over orange to pale yellow, like the picture that the command line writes.
const HEAT = [[12, 7, 38], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
const STRENGTH = 0.65;
const TICK_FRAMES = 3;
const LEAST_SCALE = { probability: 0.01, lead: 0.1 };

export class FramesView {
  constructor(part, tell) {
    Object.assign(this, { part, tell, cells: [] });
    cursor.subscribe(() => this.mark());
  }

  show(model, clip, state, relevance) {
    Object.assign(this, { model, clip, state, relevance });
    const values = clip.influence[state.unit];
    // Bars of a verdict that no single frame moves should look small.
    const most = Math.max(...values.map(Math.abs), LEAST_SCALE[state.unit]);
    this.cells = values.map((value, place) => this.cell(place, value, most));
    this.part.frames.replaceChildren(...this.cells);
    this.write(values);
    this.mark();
  }

  cell(place, value, most) {
    const time_s = this.clip.sampled_times_s[place];
    const canvas = make("canvas", { width: CROP_PX, height: CROP_PX });
    this.paint(canvas, place);
    const bar = make("i", { className: value < 0 ? "a3-al-down" : "a3-al-up" });
    bar.style.height = `${(Math.abs(value) / most) * 50}%`;
    return make(
      "li",
      {},
      make(
        "button",
        {
          type: "button",
          title: `Frame ${place + 1} at ${format.seconds(time_s)}: ${this.amount(value)}`,
          "aria-label": `${format.seconds(time_s)}, frame ${place + 1}: ${this.amount(value)}`,
          "data-time": String(time_s),
          onclick: () => this.tell({ time_s }),
        },
        canvas,
        make("span", { className: "a3-al-bar-track", "data-top": this.tick(most), "data-low": this.tick(-most) }, bar),
        make("small", {}, time_s.toFixed(2)),
      ),
    );
  }

  // A label of the axis beside the bars.
  tick(value) {
    return this.state.unit === "probability" ? signed(value * 100, 1) : signed(value, 2);
  }

  amount(value) {
    return this.state.unit === "probability" ? `${signed(value * 100, 2)} points` : signed(value, 3);
  }

  // The face in grey with the evidence on it, or the face alone.
  paint(canvas, place) {
    const context = canvas.getContext("2d");
    const address = this.clip.crops[place];
    if (!address) return;
    const image = new Image();
    image.onload = () => {
      const maps = this.relevance?.maps;
      const marks = this.state.evidence && maps;
      context.filter = marks ? "grayscale(1)" : "none";
      context.drawImage(image, 0, 0, CROP_PX, CROP_PX);
      context.filter = "none";
      if (!marks) return;
      context.imageSmoothingQuality = "high";
      context.drawImage(heat(evened(maps.from(place)), maps.shape[2]), 0, 0, CROP_PX, CROP_PX);
    };
    image.src = address;
  }

  write(values) {
    const { clip, model, state } = this;
    const label = model.labels[clip.verdict];
    const sizes = values.map(Math.abs);
    const best = sizes.indexOf(Math.max(...sizes));
    const against = values[best] < 0 ? `; without it ${label} would do better` : "";
    const { shuffled_probability: shuffled } = clip.influence;
    const order =
      format.percent(shuffled) === format.percent(clip.probability)
        ? "Putting the frames in random order would change next to nothing."
        : `With the frames in random order the probability of ${label} would be ${format.percent(shuffled)} instead of ${format.percent(clip.probability)}.`;
    this.part["frames-note"].textContent =
      `Each bar: how much ${state.unit === "probability" ? "probability, in percentage points," : "lead"} ${label} loses when the frame at this second is filled with its neighbours; a bar that hangs down, what it gains. ` +
      `The frame at ${format.seconds(clip.sampled_times_s[best])} counts most (${this.amount(values[best])}${against}). Frames that show the same stand in for each other, so a long expression has low bars. ${order}`;
    const target = model.labels[state.chosen ?? clip.verdict];
    const { missing } = model;
    this.part["evidence-note"].textContent = missing.evidence || !state.evidence
      ? (missing.evidence ?? "")
      : this.relevance
        ? `Bright: where the evidence for ${target} lies. Method: ${this.relevance.method}. Darker frames matter less; that difference is softened.`
        : `Looking for the evidence for ${target}…`;
  }

  mark() {
    if (!this.clip) return;
    const place = nearest(this.clip.sampled_times_s, cursor.time_s);
    this.cells.forEach((cell, index) => cell.toggleAttribute("data-current", index === place));
  }
}

export class AttentionView {
  constructor(part, tell) {
    Object.assign(this, { part, tell });
    for (const name of ["flow", "layer", "head"]) {
      part[name].addEventListener("change", () => this.show(this.model, this.clip));
    }
  }

  show(model, clip) {
    Object.assign(this, { model, clip });
    const { part } = this;
    fill(part.flow, [["video", "the frames"], ...model.labels.map((name, place) => [String(place), `the sentences of ${name}`])]);
    const isVideo = part.flow.value === "video";
    const step = isVideo ? "frame" : "sentence";
    const maps = isVideo ? clip.attention.video : clip.attention.text;
    const of = isVideo ? [] : [Number(part.flow.value)];
    const [layers, heads, steps] = maps.shape.slice(-4);
    part.attention.hidden = !layers;
    if (!layers) {
      part["attention-note"].textContent = model.missing[isVideo ? "attention_video" : "attention_text"];
      return;
    }
    for (const [name, count] of [["layer", layers], ["head", heads]]) {
      fill(part[name], [["all", "all, mean"], ...Array.from({ length: count }, (_, place) => [String(place), String(place + 1)])]);
    }
    const shape = [layers, heads, steps];
    const rows = matrix(mean(maps, of, part.layer.value, part.head.value, shape), steps);
    const received = columnMeans(rows);
    this.drawPairs(rows, step);
    this.drawLayers(
      Array.from({ length: layers }, (_, layer) => columnMeans(matrix(mean(maps, of, String(layer), "all", shape), steps))),
      step,
    );
    const most = received.indexOf(Math.max(...received));
    const named = isVideo ? `The frame at ${format.seconds(clip.sampled_times_s[most])}` : `Sentence ${most + 1}`;
    part["attention-title"].textContent = `How much each ${step} reads from every other`;
    part["attention-note"].textContent =
      `${named} is read most: ${(received[most] * 100).toFixed(1)} % of all attention, ` +
      `${(100 / steps).toFixed(1)} % would be even. Attention is where the layers look, not yet what counts: the bars above show that.`;
  }

  // Frames are named by their seconds, on as many ticks as there is room for.
  inSeconds(axis, step) {
    if (step !== "frame") return;
    const times = this.clip.sampled_times_s;
    const shown = Array.from(times, (_, place) => place).filter((place) => place % TICK_FRAMES === 0);
    axis.tickvals = shown.map((place) => place + 1);
    axis.ticktext = shown.map((place) => times[place].toFixed(1));
    axis.title.text += " at [s]";
  }

  drawPairs(rows, step) {
    const figure = structuredClone(this.model.figures[mode.value].attention);
    const numbers = Array.from(rows[0], (_, place) => place + 1);
    Object.assign(figure.data[0], { z: rows, x: numbers, y: numbers, zmax: highest(rows) });
    figure.data[0].hovertemplate = figure.data[0].hovertemplate.replaceAll("frame", step);
    figure.layout.xaxis.title.text = `read from ${step}`;
    figure.layout.yaxis.title.text = `reading ${step}`;
    this.inSeconds(figure.layout.xaxis, step);
    this.inSeconds(figure.layout.yaxis, step);
    narrow(figure, this.part["attention-plot"]);
    draw(this.part["attention-plot"], figure);
  }

  async drawLayers(rows, step) {
    const figure = structuredClone(this.model.figures[mode.value].attention);
    const plot = this.part["layers-plot"];
    Object.assign(figure.data[0], {
      z: rows,
      x: rows[0].map((_, place) => place + 1),
      y: rows.map((_, place) => place + 1),
      zmax: highest(rows),
      hovertemplate: `layer %{y}: %{z:.1%}<br>from ${step} %{x}<extra></extra>`,
    });
    const { xaxis, yaxis } = figure.layout;
    xaxis.title.text = `read from ${step}`;
    this.inSeconds(xaxis, step);
    Object.assign(yaxis, { dtick: 1 });
    yaxis.title.text = "layer";
    delete yaxis.scaleanchor;
    narrow(figure, plot);
    await draw(plot, figure);
    plot.removeAllListeners?.("plotly_click");
    plot.on?.("plotly_click", ({ points: [point] }) => {
      if (step === "frame") this.tell({ time_s: this.clip.sampled_times_s[point.x - 1] });
    });
  }
}

function columnMeans(rows) {
  return Array.from(rows[0], (_, column) => rows.reduce((sum, row) => sum + row[column], 0) / rows.length);
}

function highest(rows) {
  return Math.max(1e-4, ...rows.map((row) => Math.max(...row)));
}

function narrow(figure, plot) {
  if (plot.clientWidth > 420) return;
  figure.data[0].showscale = false;
  figure.layout.margin = { ...figure.layout.margin, l: 48, r: 4 };
  figure.layout.height = 320;
}

export function fill(select, options) {
  const value = select.value;
  if (select.options.length !== options.length) {
    select.replaceChildren(...options.map(([key, text]) => make("option", { value: key }, text)));
    if (options.some(([key]) => key === value)) select.value = value;
  }
}

// Mean over layers and heads, or one of each.
function mean(maps, before, layer, head, [layers, heads, steps]) {
  const chosen = (value, count) => (value === "all" ? Array.from({ length: count }, (_, place) => place) : [Number(value)]);
  const sum = new Float32Array(steps * steps);
  const pairs = chosen(layer, layers).flatMap((one) => chosen(head, heads).map((other) => [one, other]));
  for (const [one, other] of pairs) {
    maps.from(...before, one, other).forEach((value, place) => (sum[place] += value / pairs.length));
  }
  return sum;
}

// Differences between the frames are evened out by a cube root, so that weak frames show their
// place too; the same as in app/alignment/figures/relevance.py.
function evened(values) {
  const most = Math.max(...values);
  return most > 0 ? values.map((value) => value * most ** (1 / 3 - 1)) : values;
}

// A relevance map as a picture that is clear where no evidence is.
function heat(values, side) {
  const canvas = make("canvas", { width: side, height: side });
  const image = new ImageData(side, side);
  values.forEach((value, place) => {
    const scaled = Math.min(Math.max(value, 0), 1) * (HEAT.length - 1);
    const low = Math.min(Math.floor(scaled), HEAT.length - 2);
    for (let channel = 0; channel < 3; channel += 1) {
      const [from, to] = [HEAT[low][channel], HEAT[low + 1][channel]];
      image.data[4 * place + channel] = from + (to - from) * (scaled - low);
    }
    image.data[4 * place + 3] = 255 * STRENGTH * Math.sqrt(value);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
