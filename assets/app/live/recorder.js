// The last seconds of the camera, in this browser's memory alone: a ring of small JPEG files.
const SLOTS = 900;

export class LiveRecorder {
  constructor(span_s) {
    this.span_s = span_s;
    this.clear();
  }

  clear() {
    this.frames = new Array(SLOTS).fill(null);
    this.first = 0;
    this.count = 0;
  }

  at(place) {
    return this.frames[(this.first + place) % SLOTS];
  }

  drop() {
    this.frames[this.first] = null;
    this.first = (this.first + 1) % SLOTS;
    this.count -= 1;
  }

  // face, faces and crop: what the server answered; crop, where it cut, is null without a face.
  add(time_s, jpeg, { face, faces, crop = null }) {
    if (this.count === SLOTS) this.drop();
    this.frames[(this.first + this.count) % SLOTS] = { time_s, jpeg, face, faces, crop };
    this.count += 1;
    while (this.count && time_s - this.at(0).time_s > this.span_s) this.drop();
  }

  // The newest frame that is not after a time, or null.
  frameAt(time_s) {
    for (let place = this.count - 1; place >= 0; place -= 1) {
      if (this.at(place).time_s <= time_s + 1e-6) return this.at(place);
    }
    return this.count ? this.at(0) : null;
  }

  // Each frame behind its time (float64) and length (uint32), little endian, as frames.py reads it.
  pack() {
    const parts = [];
    for (let place = 0; place < this.count; place += 1) {
      const { time_s, jpeg } = this.at(place);
      const head = new DataView(new ArrayBuffer(12));
      head.setFloat64(0, time_s, true);
      head.setUint32(8, jpeg.size, true);
      parts.push(head.buffer, jpeg);
    }
    return new Blob(parts);
  }
}
