// Files to take along: the server makes them, and without it this page makes the curves and the
// result from what it holds, which are rounded to four digits.
import { make, parts } from "../shared/shared.js";
import { connection } from "../shared/visitor.js";

const BOX_COLUMNS = ["face_x_px", "face_y_px", "face_width_px", "face_height_px"];
const GROUPS = [
  ["probability", "windowed", "probability", "raw"],
  ["similarity", "windowed", "cosine", "raw"],
  ["instant_probability", "instant", "probability", "raw"],
  ["instant_similarity", "instant", "cosine", "raw"],
  ["smoothed_probability", "windowed", "probability", "smooth"],
];
const MAKERS = { csv: framesCsv, json: resultJson };

export class Saving {
  // ask(wish): makes the server write a file; its answers come to `show`.
  constructor(root, ask) {
    this.part = parts(root);
    Object.assign(this, { ask, view: null, isLost: false });
    this.buttons = [...root.querySelectorAll("[data-save]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.save(button.dataset.save));
    connection.subscribe(() => this.follow());
  }

  show(view) {
    Object.assign(this, { view, isLost: false, waits: false });
    this.say("");
    this.follow();
  }

  close() {
    this.view = null;
    this.follow();
  }

  // The server answers, but has forgotten the clip.
  lose() {
    this.isLost = true;
    this.follow();
  }

  get isAlone() {
    return this.isLost || !connection.value;
  }

  follow() {
    this.part.alone.hidden = !this.view || connection.value;
    if (this.isAlone && this.waits) this.say("The server did not answer; the file was not made.");
    if (this.isAlone) this.waits = false;
    for (const button of this.buttons) {
      button.disabled = this.waits || (this.isAlone && !(button.dataset.save in MAKERS));
    }
  }

  save(kind) {
    const { view } = this;
    if (!view) return;
    if (this.isAlone) return this.make(kind);
    this.waits = true;
    this.follow();
    this.say("Preparing the file…");
    this.ask({ kind, face: view.face.face_id, with_faces: this.part["with-faces"].checked });
  }

  // An answer of the server's.
  answered({ address, name, done, text }) {
    if (done !== undefined) return this.say(`Preparing the file… ${Math.round(done * 100)} %`);
    this.waits = false;
    this.follow();
    this.say(text ?? `Saved ${name}.`);
    if (address) make("a", { href: address, download: name }).click();
  }

  make(kind) {
    const { data, face } = this.view;
    const stem = data.title.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_ .()-]/gu, "_") || "clip";
    const name = `${stem}${data.faces.length > 1 ? `-face${face.face_id + 1}` : ""}.${kind}`;
    const address = URL.createObjectURL(new Blob([MAKERS[kind](data, face)], { type: "text/plain" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    this.say(`Saved ${name}, made by this page: numbers have four digits.`);
  }

  say(text) {
    this.part["save-note"].textContent = text;
  }
}

const episodeAt = (face, time_s) => face.story.episodes.find(({ start_s, end_s }) => time_s >= start_s && time_s <= end_s);

// The columns of core/table.py.
function framesCsv(data, face) {
  const curves = GROUPS.map(([, kind, quantity, smoothing]) => face.curves[kind][quantity][smoothing]);
  const names = GROUPS.flatMap(([group]) => data.labels.map((label) => `${group}_${label}`));
  const rows = data.times_s.map((time_s, row) => {
    const box = face.boxes[row] ?? ["", "", "", ""];
    const label = face.moment_labels[row];
    const certain = label ? String(Number(Boolean(episodeAt(face, time_s)?.certain))) : "";
    return [time_s, ...box, ...curves.flatMap((each) => each.map((values) => values[row] ?? "")), label ?? "", certain];
  });
  return [["time_s", ...BOX_COLUMNS, ...names, "label", "certain"], ...rows].map((cells) => `${cells.join(",")}\n`).join("");
}

// The fields of Prediction.to_json in core/prediction.py.
function resultJson(data, face) {
  const { verdict, story } = face;
  const { probability, cosine } = face.curves.windowed;
  const named = (values) => Object.fromEntries(data.labels.map((label, place) => [label, values(place)]));
  const probabilities = new Map(verdict.rows.map((row) => [row.label, row.probability]));
  const result = {
    video: data.title,
    ...(data.faces.length > 1 ? { face_id: face.face_id } : {}),
    summary: story.summary,
    label: verdict.label,
    probabilities: named((place) => probabilities.get(data.labels[place])),
    margin: verdict.margin,
    uncertain: verdict.uncertain,
    duration_s: data.duration_s,
    frames_read: data.frames_read,
    frames_analysed: data.frames_analysed,
    frames_with_face: face.frames_with_face,
    damaged_frames: data.damaged_frames,
    missing_s: data.missing_s,
    detector: data.detector,
    device: data.device,
    checkpoint: data.checkpoint,
    badges: story.badges,
    share_of_time: story.share_of_time,
    episodes: story.episodes.map(({ name: _, ...episode }) => episode),
    frames: data.times_s.map((time_s, row) => {
      const found = face.boxes[row];
      return {
        time_s,
        face: found,
        similarities: found && named((place) => cosine.raw[place][row]),
        probabilities: found && named((place) => probability.raw[place][row]),
      };
    }),
  };
  return JSON.stringify(result, null, 1);
}
