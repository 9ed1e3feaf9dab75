// The camera: on only while it is needed, off for certain afterwards.
const SIDE_PX = 320;
const QUALITY = 0.8;
const MOST_SPARE = 6; // as many as can be on their way, and one that is shown
const REQUEST = {
  audio: false,
  video: {
    width: { ideal: 320 },
    height: { ideal: 240 },
    frameRate: { ideal: 30 },
    facingMode: { ideal: "user" },
  },
};
const SENTENCES = {
  insecure:
    "Browsers lend the camera only to secure pages: open this page through https, or on the " +
    "computer that runs it as http://127.0.0.1.",
  NotAllowedError:
    "The camera was refused. Allow it with the camera sign in the address bar, then try again.",
  NotFoundError: "No camera was found. Connect one, then try again.",
  OverconstrainedError: "No camera was found that fits. Connect another one, then try again.",
  NotReadableError: "Another program is using the camera. Close it there, then try again.",
  AbortError: "The camera did not start. Try again.",
};

export class LiveCamera {
  // lost: called when the camera goes away by itself, such as a pulled plug.
  constructor(video, lost) {
    this.video = video;
    this.lost = lost;
    this.stream = null;
    this.asked = 0; // counts starts and stops: a late answer to an earlier start is refused
    this.spare = []; // canvases of frames that are no longer needed
  }

  get mirrored() {
    const settings = this.stream?.getVideoTracks()[0]?.getSettings() ?? {};
    return settings.facingMode !== "environment";
  }

  // Throws an Error whose message is a sentence for the visitor.
  async start() {
    this.stop();
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      throw new Error(SENTENCES.insecure);
    }
    this.asked += 1;
    const asked = this.asked;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia(REQUEST);
    } catch (error) {
      throw new Error(SENTENCES[error.name] ?? SENTENCES.AbortError);
    }
    if (asked !== this.asked) {
      // Stopped or asked again meanwhile: this camera must not stay on unseen.
      for (const track of stream.getTracks()) track.stop();
      throw new Error(SENTENCES.AbortError);
    }
    this.stream = stream;
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => {
        if (this.stream === stream) this.lost();
      });
    }
    this.video.srcObject = stream;
    try {
      await this.video.play();
    } catch {
      // Stopped again while it was starting.
      if (this.stream === stream) {
        this.stop();
        throw new Error(SENTENCES.AbortError);
      }
    }
  }

  stop() {
    const stream = this.stream;
    this.stream = null;
    this.asked += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }

  // The frame of this moment as { jpeg, picture }, or null when there is none. picture is a canvas:
  // give it back once it is no longer needed.
  async grab() {
    const { videoWidth, videoHeight } = this.video;
    if (!this.stream || !videoWidth) return null;
    const factor = Math.min(1, SIDE_PX / Math.max(videoWidth, videoHeight));
    const width = Math.round(videoWidth * factor);
    const height = Math.round(videoHeight * factor);
    const picture = this.spare.pop() ?? document.createElement("canvas");
    if (picture.width !== width || picture.height !== height) {
      picture.width = width;
      picture.height = height;
    }
    picture.getContext("2d", { alpha: false }).drawImage(this.video, 0, 0, width, height);
    const jpeg = await new Promise((resolve) => {
      picture.toBlob(resolve, "image/jpeg", QUALITY);
    });
    return { jpeg, picture };
  }

  giveBack(picture) {
    if (this.spare.length < MOST_SPARE) this.spare.push(picture);
  }
}
