// Records a clip with the camera; the camera is on between consent and stop, and never longer.
import { format, parts } from "../../shared/shared.js";

const LIMIT_S = 30;
const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"];
const PROBLEMS = {
  NotAllowedError: "The browser may not use the camera; allow it in the address bar and try again.",
  NotFoundError: "No camera was found; connect one or choose a file instead.",
  NotReadableError: "The camera is used by another program; close that program and try again.",
};

export class Recorder {
  // `take(file)` receives the recording, `leave()` goes back to the choice.
  constructor(root, { take, leave, refuse }) {
    this.part = parts(root);
    Object.assign(this, { take, leave, refuse });
    this.part["record-limit"].textContent = String(LIMIT_S);
    this.part["camera-on"].addEventListener("click", () => this.turnOn());
    this.part.record.addEventListener("click", () => this.start());
    this.part.stop.addEventListener("click", () => this.recorder?.stop());
    this.part["camera-close"].addEventListener("click", () => this.close());
    document.addEventListener("visibilitychange", () => document.hidden && this.abandon());
    // Another tab of the app was opened.
    new IntersectionObserver(() => this.stream && !this.visible && this.abandon()).observe(
      this.part["camera-picture"],
    );
  }

  get visible() {
    return this.part["camera-picture"].offsetParent !== null;
  }

  async turnOn() {
    if (!navigator.mediaDevices?.getUserMedia) {
      return this.refuse("Browsers give the camera to secure pages only; open this page by https or on localhost.");
    }
    this.part["camera-on"].disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" },
        audio: false,
      });
      if (!this.visible || document.hidden) return stopTracks(stream);
      this.show(stream);
    } catch (error) {
      this.refuse(PROBLEMS[error.name] ?? "The camera could not be started; choose a file instead.");
    } finally {
      this.part["camera-on"].disabled = false;
    }
  }

  show(stream) {
    this.stream = stream;
    this.part["camera-picture"].srcObject = stream;
    this.part["camera-picture"].play().catch(() => {});
    stream.getVideoTracks()[0].addEventListener("ended", () => this.stream === stream && this.abandon());
    this.buttons("record");
    this.part.record.focus();
  }

  start() {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const pieces = [];
    const recorder = new MediaRecorder(this.stream, { mimeType, videoBitsPerSecond: 2_500_000 });
    this.recorder = recorder;
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      const kept = this.recorder === recorder;
      this.turnOff();
      if (kept) this.take(recording(pieces, recorder.mimeType));
    });
    recorder.start(250);
    this.started_ms = performance.now();
    this.timer = setInterval(() => this.tick(), 200);
    this.tick();
    this.buttons("stop");
    this.part.stop.focus();
  }

  tick() {
    const elapsed_s = (performance.now() - this.started_ms) / 1000;
    this.part["recording-time"].textContent = `${format.clock(Math.floor(elapsed_s))} / ${format.clock(LIMIT_S)}`;
    if (elapsed_s >= LIMIT_S) this.recorder?.stop();
  }

  // Stop without using what was recorded.
  abandon() {
    const { recorder } = this;
    this.recorder = null;
    if (recorder?.state === "recording") recorder.stop();
    this.turnOff();
  }

  close() {
    this.abandon();
    this.leave();
  }

  turnOff() {
    clearInterval(this.timer);
    this.recorder = null;
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.part["camera-picture"].srcObject = null;
    this.buttons("camera-on");
  }

  buttons(shown) {
    for (const name of ["camera-on", "record", "stop"]) this.part[name].hidden = name !== shown;
    this.part.recording.hidden = shown !== "stop";
    this.part["camera-note"].hidden = shown !== "camera-on";
  }
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

function recording(pieces, mimeType) {
  const suffix = mimeType.includes("mp4") ? "mp4" : "webm";
  return new File(pieces, `recording.${suffix}`, { type: mimeType.split(";")[0] });
}
