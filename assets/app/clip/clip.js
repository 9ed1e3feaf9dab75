// The Clip tab: one panel that goes from choosing over working to the linked view of a clip.
import { address as place } from "../shared/address.js";
import { plotly } from "../shared/plotly.js";
import { note, parts } from "../shared/shared.js";
import { Recorder } from "./choosing/recorder.js";
import { Sending } from "./choosing/sending.js";
import { Silence } from "./choosing/silence.js";
import { Source } from "./choosing/source.js";
import { Work } from "./choosing/work.js";
import { Reopening } from "./reopen.js";
import { Studio } from "./studio.js";

export class ClipTab {
  // marks(): a person's own, as files hold them.
  constructor(root, props, trigger, marks) {
    this.root = root;
    Object.assign(this, { props, trigger });
    this.part = parts(root);
    this.run = 0;
    this.work = new Work(root);
    const gone = "The server no longer answers; when it runs again, reload the page and choose the clip again.";
    this.silence = new Silence((run) => run === this.run, () => this.fail(gone));
    this.sending = new Sending(
      (run) => run === this.run,
      (upload) => trigger("forget", { upload }),
    );
    this.studio = new Studio(root, {
      ask: (name, wish) => trigger(name, { run: this.run, ...wish }),
      marks,
      again: () => this.analyse({ retry: true, title: this.title }),
    });
    this.place = this.studio.place;
    this.reopening = new Reopening(root, this);
    const refuse = (text) => this.showProblem(text);
    const take = (file) => this.send(file);
    this.recorder = new Recorder(root, { take, refuse, leave: () => this.phase("choose") });
    const source = new Source(root, {
      limits: props.limits,
      examples: props.examples,
      take,
      takeResult: (result, video) => this.reopening.open(result, video),
      takeDropped: (files) => this.reopening.awaitsVideo && this.reopening.join(files[0]),
      refuse,
      takeExample: (example) => this.tryExample(example),
    });
    this.listen();
    const example = this.place.example(props.examples);
    if (note.take("clip")) {
      this.place.close();
      this.showProblem("This page was loaded anew; the server has ended this visit and deleted the clip; choose it again.", false, true);
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
    on("middle", () => this.analyse({ ...this.again, middle: true }));
    // Back leads from a result to the choice and deletes nothing; Forward leads to it again.
    place.subscribe(() => this.view && this.phase(place.isOpen ? "studio" : "choose"));
    window.addEventListener("a3-new-visit", () => this.forgotten());
    // Whoever reloads loses the clip, and Gradio reloads by itself where it was cut off in its work.
    window.addEventListener("pagehide", () => (this.view || this.working) && note.leave("clip"));
  }

  // What is looked at in the open result, null while there is none.
  get view() {
    return this.studio.view;
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

  // isQuiet: nothing went wrong, it is only good to know.
  showProblem(text, retriable = false, isQuiet = false) {
    this.part.middle.hidden = true;
    this.part.problem.classList.toggle("a3-callout-error", !isQuiet);
    this.part.problem.classList.toggle("a3-callout-quiet", isQuiet);
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
    const upload = await this.upload(file, run);
    if (upload) this.request({ upload, title: file.name });
  }

  // Resolves to the name under which the file waits on the server, null once nobody waits for it.
  upload(file, run, fail = (text) => this.fail(text)) {
    return this.sending.send(file, run, fail);
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
    this.sending.stop();
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

  request(wish, event = "analyse") {
    this.work.show({ stage: event === "reopen" ? "reopen" : "waiting", done: 0, left_s: null });
    this.again = wish;
    this.trigger(event, { ...wish, run: this.run });
    this.silence.watch(this.run);
  }

  cancel() {
    this.run += 1;
    this.sending.stop();
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
      this.studio.saving.lose();
      this.showProblem(`${text} The curves below stay until then.`, false, true);
    } else if (this.working && !this.sending.runs) this.fail(text); // what is being sent is sent again
  }

  get working() {
    return !this.root.querySelector("[data-phase=working]").hidden;
  }

  receive(message) {
    if (!message) return;
    // An answer to nobody in particular: the request did not even start.
    if (message.run === null && this.working) return this.fail(message.text, true);
    if (message.run !== this.run || this.reopening.hear(message)) return;
    if (message.type === "progress") {
      this.work.show(message);
      this.silence.watch(this.run);
    } else if (message.type === "result") {
      this.showResult(message);
    } else if (message.type === "problem") {
      this.again = { retry: true, title: this.title };
      this.fail(message.text, message.retriable);
      this.part.middle.hidden = !message.middle;
    }
  }

  showResult({ data, address, plays }) {
    this.silence.end();
    this.part.problem.hidden = true;
    this.phase("studio");
    this.title = data.title;
    this.studio.show(data, { address, plays });
    this.reopening.show(this.view);
  }

  showCopy({ run, address, text }) {
    if (run !== this.run || !this.view) return;
    if (address) this.studio.player.load(address);
    else this.studio.player.note(text);
  }

  leave() {
    this.run += 1;
    this.sending.stop();
    this.trigger("forget", { run: this.run });
    this.closeStudio();
    this.place.close();
    this.phase("choose");
    this.part.pick.focus();
  }

  closeStudio() {
    this.studio.close();
    this.reopening.close();
  }

  showSaved({ run, ...answer }) {
    if (run === this.run) this.studio.saving.answered(answer);
  }
}
