// Curves and result as the server writes them, made from what the page holds.
const BOX_COLUMNS = ["face_x_px", "face_y_px", "face_width_px", "face_height_px"];
const GROUPS = [
  ["probability", "windowed", "probability", "raw"],
  ["similarity", "windowed", "cosine", "raw"],
  ["instant_probability", "instant", "probability", "raw"],
  ["instant_similarity", "instant", "cosine", "raw"],
  ["smoothed_probability", "windowed", "probability", "smooth"],
];
// A moment of no length counts as this long, see core/annotations/tiers.py [s].
const LEAST_S = 0.001;

const episodeAt = (face, time_s) => face.story.episodes.find(({ start_s, end_s }) => time_s >= start_s && time_s <= end_s);

// As Python's csv module quotes.
const cell = (value) => (/[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value);

// The columns of core/table.py.
export function framesCsv(data, face, marks) {
  const curves = GROUPS.map(([, kind, quantity, smoothing]) => face.curves[kind][quantity][smoothing]);
  const names = GROUPS.flatMap(([group]) => data.labels.map((label) => `${group}_${label}`));
  const rows = data.times_s.map((time_s, row) => {
    const box = face.boxes[row] ?? ["", "", "", ""];
    const label = face.moment_labels[row];
    const certain = label ? String(Number(Boolean(episodeAt(face, time_s)?.certain))) : "";
    const notes = marks.length ? [notesAt(marks, data, row)] : [];
    return [time_s, ...box, ...curves.flatMap((each) => each.map((values) => values[row] ?? "")), label ?? "", certain, ...notes];
  });
  const header = ["time_s", ...BOX_COLUMNS, ...names, "label", "certain", ...(marks.length ? ["marks"] : [])];
  return [header, ...rows].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
}

// Notes of the marks that a frame's moment touches: it goes halfway to its neighbours.
function notesAt(marks, { times_s, duration_s }, row) {
  const start_s = row ? (times_s[row - 1] + times_s[row]) / 2 : times_s[0];
  const end_s = row + 1 < times_s.length ? (times_s[row] + times_s[row + 1]) / 2 : Math.max(duration_s, times_s[row]);
  const touches = (mark) => mark.start_s < end_s && Math.max(mark.end_s, mark.start_s + LEAST_S) > start_s;
  return marks.filter(touches).map(({ text }) => text).join("; ");
}

// The text of app/export/document.py.
export function resultJson(data, face, marks) {
  const faces = data.faces.length > 1 ? { faces: data.faces.map((each) => record(data, each)) } : {};
  return JSON.stringify({ ...record(data, face), ...(marks.length ? { marks } : {}), ...faces }, null, 1);
}

// The server gives all but the frames as it writes it.
function record(data, face) {
  const curves = {
    similarities: face.curves.windowed.cosine.raw,
    probabilities: face.curves.windowed.probability.raw,
    instant_similarities: face.curves.instant.cosine.raw,
    instant_probabilities: face.curves.instant.probability.raw,
  };
  const named = (curve, row) =>
    curve[0][row] === null ? null : Object.fromEntries(data.labels.map((label, place) => [label, curve[place][row]]));
  const frame = (time_s, row) => ({
    time_s,
    face: face.boxes[row],
    roll: face.rolls[row],
    ...Object.fromEntries(Object.entries(curves).map(([name, curve]) => [name, named(curve, row)])),
  });
  return { ...face.record, frames: data.times_s.map(frame) };
}
