// A saved result (JSON) on the page again: without analysis, with its video or without.
import { parts } from "../shared/shared.js";

export class Reopening {
  // tab: begins runs, sends files, triggers events and shows results.
  constructor(root, tab) {
    this.part = parts(root);
    Object.assign(this, { tab, view: null, follows: null, isJoining: false });
    const { "saved-add": add, "saved-file": file } = this.part;
    add.addEventListener("click", () => (this.view.hasVideo ? tab.analyse({ retry: true, title: tab.title }) : file.click()));
    file.addEventListener("change", () => {
      if (file.files.length) this.join(file.files[0]);
      file.value = "";
    });
  }

  // video: what was chosen together with the result, or null.
  async open(result, video) {
    const { tab } = this;
    const run = tab.begin(result.name, "upload");
    this.follows = video;
    const upload = await tab.upload(result, run);
    if (upload) tab.request({ upload, title: result.name }, "reopen");
  }

  show(view) {
    const { saved } = view.data;
    const { "saved-note": note, "saved-text": text, "saved-add": add, studio } = this.part;
    Object.assign(this, { view, isJoining: false });
    note.hidden = !saved;
    const alone = view.face.curves.instant.probability.raw[0];
    studio.querySelector('[data-value="instant"]').disabled = alone.every((value) => value === null);
    if (!saved) return;
    const what = saved.has_video ? "A saved result with its video; nothing was analysed anew." : "A saved result without its video.";
    const lacks = saved.missing.length ? ` The file is from an earlier version and lacks ${saved.missing.join("; ")}.` : "";
    text.textContent = what + lacks;
    add.textContent = saved.has_video ? "Analyse again" : "Add its video";
    this.tell("");
    const { follows } = this;
    this.follows = null;
    if (follows) this.join(follows);
  }

  get awaitsVideo() {
    return Boolean(this.view?.data.saved && !this.view.data.saved.has_video && !this.isJoining);
  }

  async join(video) {
    const { tab } = this;
    this.isJoining = true;
    this.tell(`Sending ${video.name}…`);
    const upload = await tab.upload(video, tab.run, (text) => this.refuse(text));
    if (upload) tab.trigger("join", { upload, title: video.name, run: tab.run });
  }

  // Whether a message of the server's was about the video.
  hear(message) {
    if (message.type === "joining") this.tell(`Comparing the video with the result… ${Math.round(message.done * 100)} %`);
    else if (message.type === "unjoined") this.refuse(message.text);
    else return false;
    return true;
  }

  refuse(text) {
    this.isJoining = false;
    this.tell(text);
  }

  tell(text) {
    this.part["saved-state"].textContent = text;
    this.part["saved-add"].disabled = this.isJoining;
  }

  close() {
    this.view = null;
  }
}
