// Camera frames on their way to the server: one at a time, always the newest. What the camera gives
// while one is on its way is dropped.
const RETRY_MS = [500, 1000, 2000, 4000];

export class LiveExchange {
  // camera: what frames are taken from; now_s: the time that they are given.
  // on.send(jpeg, time_s): resolves to the server's answer, null where there is none;
  // on.answer(answer, { time_s, jpeg, size, trip_ms }): it came; on.trouble(error): it did not, and
  // the next frame is tried after a while; on.recovered(): an answer came after trouble.
  constructor(camera, now_s, on) {
    this.camera = camera;
    this.now_s = now_s;
    this.on = on;
    this.run = 0; // counts starts and ends: an answer to an earlier run is ignored
  }

  start() {
    this.run += 1;
    this.fresh = this.inFlight = false;
    this.failures = 0;
    this.watch(this.run);
  }

  end() {
    this.run += 1;
  }

  // Calls pump once per camera frame.
  watch(run) {
    if (run !== this.run) return;
    const next = () => {
      this.fresh = true;
      this.pump(run);
      this.watch(run);
    };
    const { video } = this.camera;
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(next);
    else setTimeout(next, 66);
  }

  async pump(run) {
    if (run !== this.run || this.inFlight || !this.fresh) return;
    this.inFlight = true;
    this.fresh = false;
    try {
      const time_s = this.now_s();
      const jpeg = await this.camera.grab();
      if (jpeg && run === this.run) await this.exchange(run, time_s, jpeg);
    } catch (error) {
      if (run === this.run) await this.recover(error);
    } finally {
      if (run === this.run) this.inFlight = false;
    }
    if (run === this.run && this.fresh) setTimeout(() => this.pump(run));
  }

  async exchange(run, time_s, jpeg) {
    const size = [this.camera.canvas.width, this.camera.canvas.height];
    const sent_ms = performance.now();
    const answer = await this.on.send(jpeg, time_s);
    if (!answer || run !== this.run) return;
    if (this.failures) this.on.recovered();
    this.failures = 0;
    this.on.answer(answer, { time_s, jpeg, size, trip_ms: performance.now() - sent_ms });
  }

  async recover(error) {
    this.on.trouble(error);
    const wait_ms = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
  }
}
