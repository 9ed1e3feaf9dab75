// The Clip tab: one panel that goes from choosing over working to the linked view of a clip.
import { address as place } from "../shared/address.js";
import { plotly } from "../shared/plotly.js";
import { calm, clip, cursor, note, parts } from "../shared/shared.js";
import { post } from "../shared/visitor.js";
import { Recorder } from "./choosing/recorder.js";
import { Silence } from "./choosing/silence.js";
import { Source } from "./choosing/source.js";
import { Work } from "./choosing/work.js";
import { bindKeys } from "./keys.js";
import { Place } from "./place.js";
import { Player } from "./player.js";
import { Saving } from "./saving.js";
import { Second } from "./second.js";
import { Chart } from "./timeline/chart.js";
import { Episodes } from "./timeline/episodes.js";
import { Overview } from "./timeline/overview.js";
import { Readout } from "./timeline/readout.js";
import { Strip } from "./timeline/strip.js";
import { Zoom } from "./timeline/zoom.js";
import { Verdict } from "./verdict.js";
import { bindSwitches, showSwitches, View } from "./view.js";

// 64 MB at the slowest rate that the server waits for take longer than anybody does.
const UPLOAD_WITHIN_MS = 3_600_000;

export class ClipTab {
  constructor(root, props, trigger) {
    this.root = root;
    Object.assign(this, { props, trigger });
    this.part = parts(root);
    this.run = 0;
    this.work = new Work(root);
    const gone = "The server no longer answers; when it runs again, reload the page and choose the clip again.";
    this.silence = new Silence((run) => run === this.run, () => this.fail(gone));
    this.chart = new Chart(root);
    this.shown = [
      this.chart,
      new Readout(root, this.chart),
      new Strip(root, this.chart),
      new Episodes(root, this.chart),
      new Overview(root, this.chart),
      new Zoom(root, this.chart),
      new Verdict(root),
    ];
    this.player = new Player(root, () => trigger("preview", { run: this.run }));
    this.second = new Second(root, () => this.analyse({ retry: true, title: this.title }));
    this.place = new Place();
    this.saving = new Saving(root, (wish) => trigger("save", { run: this.run, ...wish }));
    const refuse = (text) => this.showProblem(text);
    const take = (file) => this.send(file);
    this.recorder = new Recorder(root, { take, refuse, leave: () => this.phase("choose") });
    const source = new Source(root, {
      limits: props.limits,
      examples: props.examples,
      take,
      refuse,
      takeExample: (example) => this.tryExample(example),
    });
    this.listen();
    const example = this.place.example(props.examples);
    if (note.take("clip")) {
      this.place.close();
      this.showProblem("This page was loaded anew; the server has ended this visit and deleted the clip; choose it again.");
    } else if (example) this.tryExample(example);
    else this.place.close();
    source.chosen();
  }

  listen() {
    const on = (name, act) => this.part[name].addEventListener("click", act);
    on("open-camera", () => this.openCamera());
    on("cancel", () => this.cancel());
    on("another", () => this.leave());
    on("resume", () => {
      place.set({}, { enter: true, open: true });
      this.phase("studio");
    });
    on("dismiss", () => (this.part.problem.hidden = true));
    on("retry", () => this.analyse(this.again));
    bindKeys(this.part.studio, this.player, () => this.view);
    bindSwitches(this.root, () => this.view);
    // Back leads from a result to the choice and deletes nothing; Forward leads to it again.
    place.subscribe(() => this.view && this.phase(place.isOpen ? "studio" : "choose"));
    window.addEventListener("a3-new-visit", () => this.forgotten());
    // Whoever reloads loses the clip, and Gradio reloads by itself where it was cut off in its work.
    window.addEventListener("pagehide", () => (this.view || this.working) && note.leave("clip"));
  }

  phase(name) {
    for (const section of this.root.querySelectorAll("[data-phase]")) {
      section.hidden = section.dataset.phase !== name;
    }
    this.part.resume.hidden = !this.view;
    this.part.resume.textContent = `Back to ${this.title}`;
    if (name !== "working") this.work.clearPicture();
    if (name !== "camera") this.recorder.abandon();
  }

  showProblem(text, retriable = false) {
    this.part["problem-text"].textContent = text;
    this.part.retry.hidden = !retriable;
    this.part.problem.hidden = false;
    this.part.problem.scrollIntoView({ block: "nearest" });
  }

  openCamera() {
    this.part.problem.hidden = true;
    this.phase("camera");
    this.part["camera-on"].focus();
  }

  async send(file) {
    const run = this.begin(file.name, "upload");
    this.work.showPicture(URL.createObjectURL(file), "video");
    this.sending = new AbortController();
    try {
      const { signal } = this.sending;
      const answer = await post("/clip/upload", { body: file, signal, within_ms: UPLOAD_WITHIN_MS });
      const { upload } = await answer.json();
      if (run === this.run) this.sending = null;
      if (run === this.run) this.request({ upload, title: file.name });
      else this.trigger("forget", { upload });
    } catch (error) {
      if (run !== this.run) return;
      const lost = "The clip could not be sent; check that the server still runs and try again.";
      this.fail(error.kind === "refused" ? error.message : lost);
    }
  }

  stopSending() {
    this.sending?.abort();
    this.sending = null;
  }

  tryExample(example) {
    this.begin(example.title, "waiting", example.name);
    this.work.showPicture(example.image, "image");
    this.request({ example: example.name, title: example.title });
  }

  // Analyse what is already on the server.
  analyse(wish) {
    this.begin(wish.title, "waiting", (wish.retry && place.value.example) || null);
    this.request(wish);
  }

  begin(title, stage, example = null) {
    this.run += 1;
    this.stopSending();
    this.title = title;
    this.part.problem.hidden = true;
    this.closeStudio();
    this.place.begin(example);
    this.phase("working");
    this.part["working-title"].textContent = title;
    this.work.show({ stage, done: 0, left_s: null });
    plotly().catch(() => {}); // the curves' own attempt tells of it
    this.part.cancel.focus();
    return this.run;
  }

  request(wish) {
    this.work.show({ stage: "waiting", done: 0, left_s: null });
    this.again = wish;
    this.trigger("analyse", { ...wish, run: this.run });
    this.silence.watch(this.run);
  }

  cancel() {
    this.run += 1;
    this.stopSending();
    this.silence.end();
    this.trigger("forget", { run: this.run });
    this.place.close();
    this.phase("choose");
    this.part.pick.focus();
    this.part.announcer.textContent = "Cancelled; the clip is deleted.";
  }

  fail(text, retriable = false) {
    this.silence.end();
    this.place.close();
    this.phase("choose");
    this.showProblem(text, retriable);
  }

  // The server was restarted, or took this visit for ended: what it had is gone.
  forgotten() {
    const text = "The server has ended this visit and deleted the clip; choose it again.";
    if (this.view) {
      this.saving.lose();
      this.showProblem(`${text} The curves below stay until then.`);
    } else if (this.working && !this.sending) this.fail(text); // what is being sent is sent again
  }

  get working() {
    return !this.root.querySelector("[data-phase=working]").hidden;
  }

  receive(message) {
    if (!message) return;
    // An answer to nobody in particular: the request did not even start.
    if (message.run === null && this.working) return this.fail(message.text, true);
    if (message.run !== this.run) return;
    if (message.type === "progress") {
      this.work.show(message);
      this.silence.watch(this.run);
    } else if (message.type === "result") {
      this.showResult(message);
    } else if (message.type === "problem") {
      this.again = { retry: true, title: this.title };
      this.fail(message.text, message.retriable);
    }
  }

  showResult({ data, address, plays }) {
    this.silence.end();
    this.part.problem.hidden = true;
    this.phase("studio");
    this.view = new View(data);
    clip.set(data, "clip");
    cursor.set(0, "clip");
    showSwitches(this.root, this.view);
    for (const each of this.shown) each.show(this.view);
    this.player.show(this.view, address);
    this.place.show(this.view);
    // An example is there to be seen moving, unless the address asks for a moment of it.
    if (plays && !calm() && cursor.time_s === 0) this.part.video.play().catch(() => {});
    this.second.show(this.view);
    this.saving.show(this.view);
    const { story, verdict } = this.view.face;
    this.part.announcer.textContent = `Perceived expression: ${story.summary}. ${verdict.sentence}`;
    if (this.root.contains(document.activeElement) || document.activeElement === document.body) {
      this.part.studio.focus({ preventScroll: true });
    }
  }

  showCopy({ run, address, text }) {
    if (run !== this.run || !this.view) return;
    if (address) this.player.load(address);
    else this.player.note(text);
  }

  leave() {
    this.run += 1;
    this.trigger("forget", { run: this.run });
    this.closeStudio();
    this.place.close();
    this.phase("choose");
    this.part.pick.focus();
  }

  closeStudio() {
    if (!this.view) return;
    this.view = null;
    this.player.close();
    this.second.close();
    this.saving.close();
    clip.set(null, "clip");
    cursor.set(0, "clip");
  }

  showSaved({ run, ...answer }) {
    if (run === this.run) this.saving.answered(answer);
  }
}
