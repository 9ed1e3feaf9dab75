// The live tab: consent, camera, curves that scroll, and what stops or freezes them.
import { calm, mode, model, parts } from "../shared/shared.js";
import { post } from "../shared/visitor.js";
import { LiveCamera } from "./camera.js";
import { LiveChart } from "./chart.js";
import { LiveExchange } from "./exchange.js";
import { LiveFaces } from "./faces.js";
import { LivePast } from "./past.js";
import { LiveRecorder } from "./recorder.js";
import { LiveView } from "./view.js";

const SPAN_S = 30;
const NO_FACE_AFTER_S = 0.8;
const CALIBRATION_S = 3;
const SAVE_WITHIN_MS = 90000;
const FRAME_WITHIN_MS = 6000;
// An older answer says nothing about now.
const STALE_MS = 2000;
// The curves move by about a pixel between two drawings; with every one the whole page is put
// together anew, which costs more than the drawing itself.
const DRAW_EVERY_MS = 30;
const SENTENCES = {
  noFace: "No face in view. Turn towards the camera, in good light, a little closer.",
  faceLeft: "The chosen face is out of view.",
  gone: "The server does not answer. Trying again by itself; nothing needs to be done.",
  anew: "The server began anew, so what it had calibrated is gone.",
  left: "The camera is off because you opened another tab. Turn it on again when you are ready.",
  hidden: "The camera is off because the page was in the background. Turn it on again any time.",
  lost: "The camera went away. Check its plug, then resume.",
  frozen: "Frozen, and the camera is off. Move along the curves to look back.",
  stopped: "The camera is off and what it gave is deleted; a clip that you saved stays in the Clip tab until you close it.",
  noFrames: "There is nothing to save yet. Let the camera run for some seconds first.",
  saved: "Saved. The clip opens in the Clip tab.",
  hint: "Freeze to look back: move along the curves with the pointer or the arrow keys.",
  otherModel: "Another model looks now, so what was calibrated is gone.",
  otherClasses: "The camera is off, because the other model knows other expressions. Turn it on again any time.",
};

// Dash patterns as numbers, for a canvas.
function readClasses(looks) {
  return Object.entries(looks).map(([name, style]) => {
    const dash = style.dash === "solid" ? [] : style.dash.split(",").map(parseFloat);
    return { name, style, dash, light: style.light, dark: style.dark };
  });
}

// element: holds live.html; settings: see app/models/description.py; onSaved: called once a clip waits on
// the server.
export function startLive(element, settings, onSaved) {
  const found = parts(element);
  const part = (name) => found[name];
  const root = part("root");
  let classes = readClasses(settings.classes);
  const video = part("video");
  const camera = new LiveCamera(video, () => freeze(SENTENCES.lost));
  const recorder = new LiveRecorder(SPAN_S);
  const chart = new LiveChart(part("chart"), classes, SPAN_S);
  const view = new LiveView(part, classes);
  const faces = new LiveFaces(part("faces"), () => say(""));
  const past = new LivePast(part, { chart, recorder, view, span_s: SPAN_S, redraw: () => redraw() });

  let state = "consent";
  let run = 0; // counts starts and ends: what an earlier one left on its way is ignored
  let calibrated = false;
  let label = "";
  let faceSeen_s = 0;
  let followed = null; // number of the face that the newest answer is about
  let answered_ms = 0;
  let isStale = false;
  let delay_s = 0.3;
  let lastDraw_ms = 0;
  let drawCost_ms = 0;

  let origin_ms = 0; // second 0 of the curves
  const now_s = () => (performance.now() - origin_ms) / 1000;
  const exchange = new LiveExchange(camera, now_s, {
    send,
    answer: accept,
    trouble: explain,
    recovered: () => say(""),
  });

  function enter(next) {
    state = next;
    root.dataset.state = next;
    const onStage = next === "running" || next === "frozen";
    part("gate").hidden = onStage;
    part("stage").hidden = !onStage;
    part("start").disabled = next === "starting" || !part("agree").checked;
    part("start").textContent = next === "starting" ? "Starting the camera …" : "Turn the camera on";
    part("freeze").textContent = next === "frozen" ? "Resume" : "Freeze";
    part("calibrate").disabled = next !== "running" || !settings.can_calibrate;
    part("chart").tabIndex = next === "frozen" ? 0 : -1;
    part("chart").setAttribute("role", next === "frozen" ? "slider" : "img");
    showBadge();
  }

  const say = (sentence) => view.write("message", sentence);

  async function start() {
    run += 1;
    const mine = run;
    const resuming = state === "frozen";
    part("problem").textContent = "";
    if (!resuming) enter("starting");
    try {
      await camera.start();
      if (!resuming) await post("/live/start");
    } catch (error) {
      if (mine === run) fail(error.message, resuming);
      return;
    }
    if (mine !== run) {
      if (state !== "running") camera.stop();
      return;
    }
    if (!resuming) origin_ms = performance.now();
    begin();
  }

  function fail(sentence, resuming) {
    camera.stop();
    if (resuming) {
      say(sentence);
    } else {
      part("problem").textContent = sentence;
      enter("consent");
    }
  }

  function begin() {
    enter("running");
    video.classList.toggle("is-mirrored", camera.mirrored);
    part("still").classList.toggle("is-mirrored", camera.mirrored);
    past.forget();
    faces.forget();
    faceSeen_s = now_s();
    answered_ms = performance.now();
    setStale(true); // the video is shown until the first answer
    say("");
    view.write("hint", SENTENCES.hint);
    chart.resize();
    exchange.start();
    requestAnimationFrame(() => animate(run));
  }

  async function send(jpeg, time_s) {
    const query = {
      time_s: time_s.toFixed(3),
      smoothing_s: part("smoothing").value,
      window_s: part("window").value,
      ...(faces.asked !== null && { face: faces.asked }),
    };
    const response = await post("/live/frame", { query, body: jpeg, within_ms: FRAME_WITHIN_MS });
    if (response.status === 204) return null; // dropped: too many, or overtaken
    const answer = await response.json();
    const isOther = model.value && answer.model !== model.value.name; // sent before another was chosen
    return isOther ? null : answer;
  }

  // A full server ends the attempt; an outage is waited for.
  function explain(error) {
    if (error.status === 503) freeze(error.message);
    else say(error.kind === "gone" ? SENTENCES.gone : error.message);
  }

  function accept(answer, { time_s, jpeg, picture, trip_ms }) {
    answered_ms = performance.now();
    setStale(false);
    view.countAnswer(answered_ms);
    view.measure("trip", trip_ms);
    for (const [name, value] of Object.entries(answer.milliseconds)) view.measure(name, value);
    const late_s = now_s() - time_s + 1 / Math.max(view.rate, 2);
    delay_s += 0.03 * (Math.min(late_s, 1.2) - delay_s);
    // Two people's curves are not one.
    if (answer.face !== null && followed !== null && answer.face !== followed) {
      chart.add(time_s - 0.001, null, null);
    }
    followed = answer.face ?? followed;
    chart.add(time_s, answer.raw ?? null, answer.smoothed ?? null);
    recorder.add(time_s, jpeg, answer);
    faces.show(time_s, answer);
    showAnswer(answer, time_s, picture);
    showCalibration(answer.calibrating_s);
    view.showPicture(picture);
    view.aim(answer, picture);
    if (calm()) redraw();
    else view.drawBoxes(camera.mirrored, label);
  }

  // The picture is the analysed frame while answers come, else the video without any box.
  function setStale(value) {
    if (isStale === value) return;
    isStale = value;
    showBadge();
  }

  function showBadge() {
    root.classList.toggle("is-stale", state === "running" && isStale);
    const running = isStale ? "Waiting" : "Live";
    view.write("badge", { running, frozen: "Frozen" }[state] ?? "Starting");
  }

  function forgetAnswer() {
    setStale(true);
    label = "";
    view.showNothing("No answer", "The last one is more than two seconds old");
    root.classList.remove("has-face");
    redraw();
  }

  function showAnswer(answer, time_s, picture) {
    const seen = Boolean(answer.smoothed);
    if (seen) {
      if (time_s - faceSeen_s > NO_FACE_AFTER_S) say("");
      faceSeen_s = time_s;
      label = answer.uncertain ? "uncertain" : bestLabel(answer.smoothed);
      view.showValues(answer.smoothed, part("raw").checked ? answer.raw : null, answer.uncertain);
      view.showCrop(answer.crop, picture);
    } else if (time_s - faceSeen_s > NO_FACE_AFTER_S) {
      say(answer.faces.length ? SENTENCES.faceLeft : SENTENCES.noFace);
      view.showValues(null, null, false);
      view.showCrop(null);
    }
    root.classList.toggle("has-face", seen);
  }

  function bestLabel(values) {
    return classes[values.indexOf(Math.max(...values))].name;
  }

  function showCalibration(left_s) {
    const running = left_s > 0;
    if (part("resting").hidden === running) part("resting").hidden = !running;
    if (running) {
      calibrated = true;
      part("countdown").style.transform = `scaleX(${(1 - left_s / CALIBRATION_S).toFixed(3)})`;
    }
    view.write("calibrate", calibrated && !running ? "Uncalibrate" : "Calibrate");
  }

  // Runs with the screen while the camera runs. Drawing may take a quarter of the time at most: the
  // rest belongs to the visitor's machine, which may well be the server, too. Boxes change with
  // answers alone.
  function animate(mine) {
    if (mine !== run || state !== "running") return;
    const now_ms = performance.now();
    if (!isStale && now_ms - answered_ms > STALE_MS) forgetAnswer();
    if (!calm() && now_ms - lastDraw_ms >= Math.max(4 * drawCost_ms, DRAW_EVERY_MS)) drawCurves();
    requestAnimationFrame(() => animate(mine));
  }

  function redraw() {
    drawCurves();
    view.drawBoxes(camera.mirrored, state === "running" ? label : "");
  }

  function drawCurves() {
    const started_ms = performance.now();
    const moving = state === "running" && !calm();
    chart.draw(moving ? now_s() - delay_s : chart.last_s, {
      raw: part("raw").checked,
      cursor_s: past.cursor_s,
    });
    lastDraw_ms = performance.now();
    drawCost_ms += 0.1 * (lastDraw_ms - started_ms - drawCost_ms);
    if (state === "running") {
      view.measure("draw", lastDraw_ms - started_ms);
      view.showReadout(lastDraw_ms);
    }
  }

  function freeze(sentence = SENTENCES.frozen) {
    if (state === "starting") {
      run += 1;
      fail(sentence, false);
      return;
    }
    if (state !== "running") return;
    run += 1;
    exchange.end();
    camera.stop();
    faces.forget();
    enter("frozen");
    say(sentence);
    part("resting").hidden = true;
    lookAt(chart.last_s);
  }

  const lookAt = (time_s) => past.lookAt(time_s, settings.margin);

  function step(direction) {
    const time_s = past.beside(direction);
    if (time_s !== null) lookAt(time_s);
  }

  function stop(sentence = SENTENCES.stopped) {
    run += 1;
    exchange.end();
    camera.stop();
    chart.clear();
    recorder.clear();
    view.clear();
    past.forget();
    faces.forget();
    followed = null;
    calibrated = false;
    const still = part("still");
    still.width = still.height = 1;
    enter("consent");
    part("problem").textContent = sentence;
    post("/live/stop").catch(() => {
      // The visit's end deletes it all the same.
    });
  }

  function useModel(next) {
    const same = Object.keys(next.classes).join() === classes.map(({ name }) => name).join();
    settings = next;
    if (!same) {
      if (state !== "consent") stop(SENTENCES.otherClasses);
      classes = readClasses(settings.classes);
      chart.use(classes);
      view.use(classes);
    } else if (calibrated) {
      calibrated = false;
      if (state === "running") say(SENTENCES.otherModel);
    }
    enter(state);
  }

  async function calibrate() {
    const forget = calibrated && part("resting").hidden;
    try {
      await post(forget ? "/live/forget" : "/live/calibrate");
      calibrated = !forget;
      say("");
    } catch (error) {
      say(error.message);
    }
  }

  async function save() {
    if (state === "running") freeze();
    if (recorder.count < 2) {
      say(SENTENCES.noFrames);
      return;
    }
    const button = part("save");
    button.disabled = true;
    say("Saving the clip …");
    try {
      await post("/live/save", { body: recorder.pack(), within_ms: SAVE_WITHIN_MS });
      say(SENTENCES.saved);
      onSaved();
    } catch (error) {
      say(error.message);
    } finally {
      button.disabled = false;
    }
  }

  function showSliders() {
    const smoothing = Number(part("smoothing").value);
    view.write("smoothing-value", smoothing ? `${smoothing.toFixed(1)} s` : "off");
    view.write("window-value", `${Number(part("window").value).toFixed(1)} s`);
  }

  function wire() {
    part("agree").addEventListener("change", () => enter(state));
    part("start").addEventListener("click", start);
    part("freeze").addEventListener("click", () => (state === "frozen" ? start() : freeze()));
    part("stop").addEventListener("click", () => stop());
    part("calibrate").addEventListener("click", calibrate);
    part("save").addEventListener("click", save);
    for (const name of ["smoothing", "window"]) part(name).addEventListener("input", showSliders);
    part("raw").addEventListener("change", () => {
      if (state === "frozen") lookAt(past.cursor_s);
      else redraw();
    });
    part("picture").addEventListener("click", (event) => {
      const frame = part("picture").getBoundingClientRect();
      const at = [event.clientX - frame.left, event.clientY - frame.top];
      const face = event.target.closest("button") ? null : view.faceAt(...at, camera.mirrored);
      if (state === "running" && face !== null && view.faces.length > 1) faces.choose(face);
    });
    const canvas = part("chart");
    canvas.addEventListener("pointermove", (event) => {
      if (state === "frozen") lookAt(chart.timeAt(event.offsetX));
    });
    canvas.addEventListener("pointerdown", (event) => {
      if (state === "frozen") lookAt(chart.timeAt(event.offsetX));
    });
    canvas.addEventListener("keydown", (event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (state !== "frozen" || !direction) return;
      event.preventDefault();
      step(direction);
    });
  }

  function guard() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) freeze(SENTENCES.hidden);
    });
    window.addEventListener("pagehide", () => camera.stop());
    window.addEventListener("a3-new-visit", () => {
      if (calibrated) say(SENTENCES.anew);
      calibrated = false;
    });
    // Another tab of the app hides this one, which leaves it without a size.
    new ResizeObserver(() => {
      if (!root.offsetParent) {
        freeze(SENTENCES.left);
        return;
      }
      chart.resize(); // which empties it
      redraw();
    }).observe(root);
    model.subscribe(() => useModel(model.value.live));
    mode.subscribe(() => {
      chart.restyle();
      if (state === "frozen") redraw();
    });
  }

  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
  view.write(
    "place",
    isLocal ? "On this computer, by the program that serves this page." : `On the server ${location.hostname}, nowhere else.`,
  );
  view.write("device", settings.device);
  view.write("detector", settings.detector);
  showSliders();
  wire();
  guard();
  enter("consent");
  // The tab may be opened for the first time after another model was chosen.
  if (model.value) useModel(model.value.live);
}
