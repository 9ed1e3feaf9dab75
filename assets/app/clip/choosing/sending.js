// A file on its way to the server.
import { post } from "../../shared/visitor.js";

// 64 MB at the slowest rate that the server waits for take longer than anybody does.
const WITHIN_MS = 3_600_000;
const LOST = "The file could not be sent; check that the server still runs and try again.";

export class Sending {
  // isWanted(run): whether somebody still waits; forget(upload): deletes what came too late.
  constructor(isWanted, forget) {
    Object.assign(this, { isWanted, forget, aborter: null });
  }

  get runs() {
    return this.aborter !== null;
  }

  // Returns the name under which the file waits there, null once the visitor has gone on.
  async send(file, run, fail) {
    this.aborter = new AbortController();
    try {
      const { signal } = this.aborter;
      const answer = await post("/clip/upload", { body: file, signal, within_ms: WITHIN_MS });
      const { upload } = await answer.json();
      if (this.isWanted(run)) this.aborter = null;
      else this.forget(upload);
      return this.isWanted(run) ? upload : null;
    } catch (error) {
      if (this.isWanted(run)) fail(error.kind === "refused" ? error.message : LOST);
      return null;
    }
  }

  stop() {
    this.aborter?.abort();
    this.aborter = null;
  }
}
