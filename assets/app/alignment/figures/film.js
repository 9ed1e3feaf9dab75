// The training as a film: map, similarities and scores move together.
import { calm, format, mode } from "../../shared/shared.js";
import { draw, place } from "../data.js";
import { compact, digits } from "./tokens.js";

const SCENE_MS = 700;
const MAP_PX = 420;
const SQUARE_PX = 320;
const SIDES = {
  before: "Before the synchronizer: CLIP's space. All scenes share one map.",
  after: "After the synchronizer. All scenes share one map; each is shifted to its own middle, because the synchronizer moves all sentences together.",
};

export class FilmView {
  constructor(part) {
    this.part = part;
    part["film-seek"].addEventListener("input", () => this.go(Number(part["film-seek"].value)));
    part["film-play"].addEventListener("click", () => this.toggle());
  }

  // `side` is the space that the tab shows; films of earlier versions know only the first.
  show(model, side) {
    this.model = model;
    this.part.film.hidden = !model.film;
    if (!model.film) return;
    const { scenes } = model.film;
    this.side = scenes[0][side].positions ? side : "before";
    this.part["film-side"].textContent = SIDES[this.side] + (this.side === side ? "" : " The training kept no other.");
    this.part["film-seek"].max = String(scenes.length - 1);
    this.scene = Math.min(this.scene ?? Infinity, scenes.length - 1);
    const all = scenes.flatMap((scene) => scene[this.side].positions);
    this.ranges = [0, 1].map((axis) => roomy(all.map((position) => position[axis])));
    this.go(this.scene);
  }

  toggle() {
    if (this.timer) return this.stop();
    if (this.scene === this.model.film.scenes.length - 1) this.go(0);
    this.timer = setInterval(() => {
      if (this.scene >= this.model.film.scenes.length - 1) return this.stop();
      this.go(this.scene + 1);
    }, SCENE_MS);
    this.part["film-play"].setAttribute("aria-label", "Stop the film");
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.part["film-play"].setAttribute("aria-label", "Play the film");
  }

  go(place) {
    const { part, model } = this;
    const scene = model.film.scenes[place];
    this.scene = place;
    part.film.dataset.scene = String(place);
    part["film-seek"].value = String(place);
    const epoch = scene.epoch ? `, epoch ${scene.epoch}` : "";
    part["film-title"].textContent = scene.title + epoch;
    part["film-seek"].setAttribute("aria-valuetext", scene.title + epoch);
    const drift = scene.drift.flat();
    const moved = drift.reduce((sum, value) => sum + value, 0) / drift.length;
    const scores = scene.war === null ? "" : `WAR ${format.percent(scene.war)}, UAR ${format.percent(scene.uar)} on validation. `;
    part["film-note"].textContent = `${scores}Mean drift of the sentences from their start ${moved.toFixed(3)} (1 − cosine).`;
    this.drawMap(scene);
    this.drawClasses(scene);
    this.drawScores(place);
  }

  drawMap(scene) {
    const { model } = this;
    const figure = structuredClone(model.figures[mode.value].map);
    place(figure, scene[this.side].positions, model.labels.length);
    const [x, y] = this.ranges;
    Object.assign(figure.layout, { height: MAP_PX });
    figure.layout.xaxis = { ...figure.layout.xaxis, range: x };
    figure.layout.yaxis = { ...figure.layout.yaxis, range: y };
    delete figure.layout.yaxis.scaleanchor;
    draw(this.part["film-plot"], figure, { staticPlot: true });
  }

  drawClasses(scene) {
    // Films of earlier versions know the class vectors alone.
    const classes = scene[this.side].classes ?? scene.after.classes;
    this.drawSquare("film-classes", classes);
    this.part["film-answers-figure"].hidden = !scene.answers;
    if (!scene.answers) return;
    const rows = scene.answers.map((row) => row.map((value) => value ?? NaN));
    this.drawSquare("film-answers", rows.map(aboveMean), "answers");
    const right = rows.filter((row, index) => Math.max(...row) === row[index]).length;
    this.part["film-answers-note"].textContent =
      `Mean cosine of the clips of each emotion (row) with each emotion, above the row's mean. In ${right} of ${rows.length} rows their own emotion is highest.`;
  }

  drawSquare(name, values, kind = "classes") {
    const figure = structuredClone(this.model.figures[mode.value][kind]);
    figure.data[0].z = values;
    figure.data[0].texttemplate = kind === "classes" ? digits(values) : this.signedDigits(values, name);
    figure.data[0].textfont = { size: kind === "classes" ? 9.5 : 8 };
    figure.layout.height = SQUARE_PX;
    compact(figure, this.part[name]);
    draw(this.part[name], figure, { staticPlot: true });
  }

  // No digits where they would run into each other.
  signedDigits(values, name) {
    if (this.part[name].clientWidth < 420) return "";
    const most = Math.max(...values.flat().map(Math.abs).filter(Number.isFinite));
    return most < 0.1 ? "%{z:+.3f}" : "%{z:+.2f}";
  }

  drawScores(place) {
    const figure = structuredClone(this.model.film.scores[mode.value]);
    const color = figure.layout.font.color;
    figure.layout.height = 150;
    figure.layout.shapes = [
      { type: "line", x0: place, x1: place, yref: "paper", y0: 0, y1: 1, line: { color, width: 1.5 } },
    ];
    draw(this.part["film-scores"], figure, { staticPlot: calm() });
  }
}

function aboveMean(row) {
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  return row.map((value) => value - mean);
}

function roomy(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const spare = 0.08 * (high - low || 1);
  return [low - spare, high + spare];
}
