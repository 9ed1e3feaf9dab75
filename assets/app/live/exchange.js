// Camera frames on their way to the server: as many as the way holds, always the newest. What the
// camera gives while so many are on their way is dropped, and so is an answer that was overtaken.
const RETRY_MS = [500, 1000, 2000, 4000];
const FEWEST = 2;
const MOST = 5; // browsers open six connections to a host, and Gradio listens on one of them
const FRAME_MS = 1000 / 30; // the camera gives no more
const NEWS = 0.2; // weight of the newest answer in what is known of the way

export class LiveExchange {
  // camera: what frames are taken from; now_s: the time that they are given.
  // on.send(jpeg, time_s): resolves to the server's answer, null where there is none;
  // on.answer(answer, { time_s, jpeg, picture, trip_ms }): it came, the answers by rising time;
  // on.trouble(error): it did not, and the next frame is tried after a while; on.recovered(): an
  // answer came after trouble.
  constructor(camera, now_s, on) {
    this.camera = camera;
    this.now_s = now_s;
    this.on = on;
    this.run = 0; // counts starts and ends: an answer to an earlier run is ignored
  }

  start() {
    this.run += 1;
    this.fresh = this.pausing = false;
    this.inFlight = this.failures = 0;
    this.room = FEWEST;
    this.way_ms = this.work_ms = null; // means: what an answer takes on its way, and as work
    this.newest_s = -Infinity; // time of the newest frame that was answered
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
    else setTimeout(next, 33);
  }

  // While the server fails, one frame at a time asks whether it is back.
  get isFull() {
    return this.pausing || this.inFlight >= (this.failures ? 1 : this.room);
  }

  async pump(run) {
    if (run !== this.run || this.isFull || !this.fresh) return;
    this.inFlight += 1;
    this.fresh = false;
    let picture = null;
    try {
      const time_s = this.now_s();
      const grabbed = await this.camera.grab();
      picture = grabbed?.picture;
      if (grabbed?.jpeg && run === this.run) await this.exchange(run, time_s, grabbed);
    } catch (error) {
      if (run === this.run) this.recover(run, error);
    } finally {
      if (picture) this.camera.giveBack(picture);
      if (run === this.run) this.inFlight -= 1;
    }
    if (run === this.run && this.fresh) setTimeout(() => this.pump(run));
  }

  async exchange(run, time_s, { jpeg, picture }) {
    const sent_ms = performance.now();
    const answer = await this.on.send(jpeg, time_s);
    if (run !== this.run) return;
    if (!answer) {
      this.room = Math.max(this.room - 1, FEWEST); // too many for the server
      return;
    }
    if (this.failures) this.on.recovered();
    this.failures = 0;
    const trip_ms = performance.now() - sent_ms;
    this.fit(answer, trip_ms);
    if (time_s <= this.newest_s) return;
    this.newest_s = time_s;
    this.on.answer(answer, { time_s, jpeg, picture, trip_ms });
  }

  // One frame is looked at, one lies ready, and one more is on its way for as often as another could
  // be looked at meanwhile. More would only wait at the server and be old when their turn comes.
  fit({ milliseconds, waited_ms }, trip_ms) {
    const work_ms = Object.values(milliseconds).reduce((sum, value) => sum + value, 0);
    this.work_ms = mean(this.work_ms, work_ms);
    this.way_ms = mean(this.way_ms, Math.max(trip_ms - waited_ms - work_ms, 0));
    const more = Math.floor(this.way_ms / Math.max(this.work_ms, FRAME_MS));
    this.room = Math.min(FEWEST + more, MOST);
  }

  // Frames that were sent together fail together, which is one failure.
  recover(run, error) {
    this.on.trouble(error);
    if (this.pausing) return;
    this.pausing = true;
    const wait_ms = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    setTimeout(() => {
      if (run !== this.run) return;
      this.pausing = false;
      this.pump(run);
    }, wait_ms);
  }
}

const mean = (before, value) => (before === null ? value : before + NEWS * (value - before));
