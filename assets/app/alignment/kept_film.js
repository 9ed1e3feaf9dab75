// The kept clip's video. Only this page holds it: the server deletes a clip once the next is open.
import { cursor } from "../shared/shared.js";

// Two videos that play drift apart; more than this is put right [s].
const APART_S = 0.15;
// The last picture stays: a browser shows none at the very end [s].
const LAST_S = 0.01;

export class KeptFilm {
  // video: shows it. leader: plays the open clip. tell: called once there are pictures.
  constructor(video, leader, tell) {
    Object.assign(this, { video, leader, address: "" });
    video.addEventListener("loadeddata", tell);
    for (const name of ["pause", "ended"]) leader.addEventListener(name, () => this.follow());
    new IntersectionObserver(() => this.follow()).observe(video);
    cursor.subscribe(() => this.follow());
  }

  // Whether there is a video that this browser plays.
  get plays() {
    return this.video.videoWidth > 0;
  }

  // Copy a video while its clip is still open.
  async take(address) {
    this.drop();
    const turn = (this.turn = new AbortController());
    const film = await copyOf(address, turn.signal);
    if (!film || turn.signal.aborted) return;
    this.address = URL.createObjectURL(film);
    this.video.src = this.address;
  }

  drop() {
    this.turn?.abort();
    if (!this.address) return;
    URL.revokeObjectURL(this.address);
    this.address = "";
    this.video.removeAttribute("src");
    this.video.load();
  }

  // Be where the open clip is; a shorter one waits at its end.
  follow() {
    const { video, leader } = this;
    if (!this.plays) return;
    const end_s = video.duration - LAST_S;
    const isSeen = Boolean(video.offsetParent);
    const runs = isSeen && !leader.paused && !leader.ended && cursor.time_s < end_s;
    video.playbackRate = leader.playbackRate;
    if (!runs) video.pause();
    else if (video.paused) video.play().catch(() => {});
    const time_s = Math.min(cursor.time_s, end_s);
    if (isSeen && Math.abs(video.currentTime - time_s) > (runs ? APART_S : 1e-3)) video.currentTime = time_s;
  }
}

// Null where it cannot be had: faces then stand for it.
async function copyOf(address, signal) {
  if (!address) return null;
  try {
    const response = await fetch(address, { signal });
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}
