// The training as a film: map, similarities and scores move together.
(() => {
  "use strict";
  const { mode, format, calm } = window.a3lign;
  const { draw, compact, digits } = window.a3lign.alignment;
  const SCENE_MS = 700;
  const MAP_PX = 420;

  class FilmView {
    constructor(part) {
      this.part = part;
      part["film-seek"].addEventListener("input", () => this.go(Number(part["film-seek"].value)));
      part["film-play"].addEventListener("click", () => this.toggle());
    }

    show(model) {
      this.model = model;
      this.part.film.hidden = !model.film;
      if (!model.film) return;
      const { scenes } = model.film;
      this.part["film-seek"].max = String(scenes.length - 1);
      this.scene ??= scenes.length - 1;
      const all = scenes.flatMap((scene) => scene.positions);
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
      const figure = structuredClone(model.maps.before[mode.value]);
      const classes = model.labels.length;
      const centers = classes * model.sentences;
      figure.data.forEach((trace, index) => {
        const place = index % classes;
        const positions =
          index < classes
            ? scene.positions.slice(place * model.sentences, (place + 1) * model.sentences)
            : [scene.positions[centers + place]];
        trace.x = positions.map(([x]) => x);
        trace.y = positions.map(([, y]) => y);
      });
      figure.layout.annotations.forEach((caption, place) => {
        [caption.x, caption.y] = scene.positions[centers + place];
      });
      const [x, y] = this.ranges;
      Object.assign(figure.layout, { height: MAP_PX });
      figure.layout.xaxis = { ...figure.layout.xaxis, range: x };
      figure.layout.yaxis = { ...figure.layout.yaxis, range: y };
      delete figure.layout.yaxis.scaleanchor;
      draw(this.part["film-plot"], figure, { staticPlot: true });
    }

    drawClasses(scene) {
      const figure = structuredClone(this.model.figures[mode.value].classes);
      figure.data[0].z = scene.classes;
      figure.data[0].texttemplate = digits(scene.classes);
      figure.layout.height = 300;
      compact(figure, this.part["film-classes"]);
      draw(this.part["film-classes"], figure);
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

  function roomy(values) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const spare = 0.08 * (high - low || 1);
    return [low - spare, high + spare];
  }

  window.a3lign.alignment.FilmView = FilmView;
})();
