// The Clip tab: one panel that goes from choosing over working to the linked view of a clip.
import { calm, clip, cursor, make, note, parts } from "../shared/shared.js";
import { post } from "../shared/visitor.js";
import { Recorder } from "./choosing/recorder.js";
import { Source } from "./choosing/source.js";
import { Work } from "./choosing/work.js";
import { Player } from "./player.js";
import { Second } from "./second.js";
import { Chart } from "./timeline/chart.js";
import { Episodes } from "./timeline/episodes.js";
import { Strip } from "./timeline/strip.js";
import { Verdict } from "./verdict.js";
import { bindSwitches, showSwitches, View } from "./view.js";

const SILENCE_MS = 20_000;
// 64 MB at the slowest rate that the server waits for take longer than anybody does.
const UPLOAD_WITHIN_MS = 3_600_000;

export class ClipTab {
  constructor(root, props, trigger) {
    this.root = root;
    Object.assign(this, { props, trigger });
    this.part = parts(root);
    this.run = 0;
    this.work = new Work(root);
    this.chart = new Chart(root);
    this.strip = new Strip(root, this.chart);
    this.episodes = new Episodes(root, this.chart);
    this.verdict = new Verdict(root);
    this.player = new Player(root, () => trigger("preview", { run: this.run }));
    this.second = new Second(root, () => this.analyse({ retry: true, title: this.title }));
    const refuse = (text) => this.showProblem(text);
    const take = (file) => this.send(file);
    this.recorder = new Recorder(root, { take, refuse, leave: () => this.phase("choose") });
    new Source(root, {
      limits: props.limits,
      examples: props.examples,
      take,
      refuse,
      takeExample: (example) => this.tryExample(example),
    });
    this.listen();
    if (note.take("clip")) {
      this.showProblem("This page was loaded anew; the server has ended this visit and deleted the clip; choose it again.");
    }
  }

  listen() {
    const on = (name, act) => this.part[name].addEventListener("click", act);
    on("open-camera", () => this.openCamera());
    on("cancel", () => this.cancel());
    on("another", () => this.leave());
    on("dismiss", () => (this.part.problem.hidden = true));
    on("retry", () => this.analyse(this.again));
    this.part.studio.addEventListener("keydown", (event) => this.key(event));
    bindSwitches(this.root, () => this.view);
    window.addEventListener("a3-new-visit", () => this.forgotten());
    // Whoever reloads loses the clip, and Gradio reloads by itself where it was cut off in its work.
    window.addEventListener("pagehide", () => (this.view || this.working) && note.leave("clip"));
    for (const button of this.root.querySelectorAll("[data-save]")) {
      button.addEventListener("click", () => this.save(button));
    }
  }

  phase(name) {
    for (const section of this.root.querySelectorAll("[data-phase]")) {
      section.hidden = section.dataset.phase !== name;
    }
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
    this.begin(example.title, "waiting");
    this.work.showPicture(example.image, "image");
    this.request({ example: example.name, title: example.title });
  }

  // Analyse what is already on the server.
  analyse(wish) {
    this.begin(wish.title, "waiting");
    this.request(wish);
  }

  begin(title, stage) {
    this.run += 1;
    this.stopSending();
    this.title = title;
    this.part.problem.hidden = true;
    this.closeStudio();
    this.phase("working");
    this.part["working-title"].textContent = title;
    this.work.show({ stage, done: 0, left_s: null });
    this.part.cancel.focus();
    return this.run;
  }

  request(wish) {
    this.work.show({ stage: "waiting", done: 0, left_s: null });
    this.again = wish;
    this.trigger("analyse", { ...wish, run: this.run });
    this.watch();
  }

  cancel() {
    this.run += 1;
    this.stopSending();
    clearTimeout(this.silence);
    this.trigger("forget", { run: this.run });
    this.phase("choose");
    this.part.pick.focus();
    this.part.announcer.textContent = "Cancelled; the clip is deleted.";
  }

  fail(text, retriable = false) {
    clearTimeout(this.silence);
    this.phase("choose");
    this.showProblem(text, retriable);
  }

  // A server that stops answering must not leave the page waiting for ever.
  watch() {
    clearTimeout(this.silence);
    const run = this.run;
    this.silence = setTimeout(async () => {
      const alive = await fetch("config", { method: "HEAD" }).then((answer) => answer.status < 500, () => false);
      if (run !== this.run) return;
      if (alive) this.watch();
      else this.fail("The server no longer answers; when it runs again, reload the page and choose the clip again.");
    }, SILENCE_MS);
  }

  // The server was restarted, or took this visit for ended: what it had is gone.
  forgotten() {
    const text = "The server has ended this visit and deleted the clip; choose it again.";
    if (this.view) this.showProblem(`${text} The curves below stay until then.`);
    else if (this.working && !this.sending) this.fail(text); // what is being sent is sent again
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
      this.watch();
    } else if (message.type === "result") {
      this.showResult(message);
    } else if (message.type === "problem") {
      this.again = { retry: true, title: this.title };
      this.fail(message.text, message.retriable);
    }
  }

  showResult({ data, address, plays }) {
    clearTimeout(this.silence);
    this.part.problem.hidden = true;
    this.phase("studio");
    this.view = new View(data);
    clip.set(data, "clip");
    cursor.set(0, "clip");
    showSwitches(this.root, this.view);
    this.chart.show(this.view);
    this.strip.show(this.view);
    this.episodes.show(this.view);
    this.verdict.show(this.view);
    this.player.show(this.view, address);
    // An example is there to be seen moving.
    if (plays && !calm()) this.part.video.play().catch(() => {});
    this.second.show(this.view);
    this.part["save-note"].textContent = "";
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
    this.phase("choose");
    this.part.pick.focus();
  }

  closeStudio() {
    if (!this.view) return;
    this.view = null;
    this.player.close();
    this.second.close();
    clip.set(null, "clip");
    cursor.set(0, "clip");
  }

  key(event) {
    if (!this.view || event.altKey || event.ctrlKey || event.metaKey) return;
    const pressable = event.target.closest("button, input, a, summary");
    const actions = {
      " ": () => !pressable && this.player.toggle(),
      ArrowLeft: () => this.player.step(-1),
      ArrowRight: () => this.player.step(1),
      Home: () => this.view.go(0, "keyboard"),
      End: () => this.view.go(this.view.end_s, "keyboard"),
    };
    if (!(event.key in actions) || event.target.matches("input")) return;
    if (actions[event.key]() === false) return;
    event.preventDefault();
  }

  save(button) {
    if (!this.view) return;
    for (const each of this.root.querySelectorAll("[data-save]")) each.disabled = true;
    this.part["save-note"].textContent = "Preparing the file…";
    this.trigger("save", {
      run: this.run,
      kind: button.dataset.save,
      face: this.view.face.face_id,
      with_faces: this.part["with-faces"].checked,
    });
  }

  showSaved({ run, address, name, done, text }) {
    if (run !== this.run) return;
    if (done !== undefined) {
      this.part["save-note"].textContent = `Preparing the file… ${Math.round(done * 100)} %`;
      return;
    }
    for (const each of this.root.querySelectorAll("[data-save]")) each.disabled = false;
    this.part["save-note"].textContent = text ?? `Saved ${name}.`;
    if (address) make("a", { href: address, download: name }).click();
  }
}
