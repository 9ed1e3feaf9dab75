// Where a clip comes from: a file, a drop, an example. Refuses what cannot work before sending it.
import { format, make, parts } from "../../shared/shared.js";

const METADATA_WAIT_MS = 1500;

export class Source {
  // `limits`: suffixes, results, max_bytes, duration_s. `take(file)`, `takeExample(example)` and
  // `takeResult(json, video)` go on; `takeDropped(files)` where nothing is to be chosen.
  constructor(root, { limits, examples, take, takeExample, takeResult, takeDropped, refuse }) {
    this.part = parts(root);
    Object.assign(this, { limits, take, takeResult, takeDropped, refuse });
    const { drop, file, pick } = this.part;
    file.accept = ["video/*", ...limits.suffixes, ...limits.results].join(",");
    pick.addEventListener("click", () => file.click());
    file.addEventListener("change", () => this.chosen());
    for (const name of ["dragenter", "dragover"]) root.addEventListener(name, (event) => this.drag(event));
    for (const name of ["dragleave", "drop"]) root.addEventListener(name, () => drop.removeAttribute("data-over"));
    root.addEventListener("drop", (event) => this.drop(event));
    this.part.limits.textContent =
      `${limits.suffixes.map((suffix) => suffix.slice(1)).join(", ")} · ` +
      `up to ${megabytes(limits.max_bytes)} and ${minutes(limits.duration_s)} · ` +
      "or a result that was saved here (json), with its video or alone";
    this.part.examples.replaceChildren(...examples.map((example) => card(example, takeExample)));
  }

  // Also what was chosen before this script was here.
  chosen() {
    const { file } = this.part;
    if (file.files.length) this.offer([...file.files]);
    file.value = "";
  }

  drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.part.drop.setAttribute("data-over", "");
  }

  drop(event) {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    if (this.part.drop.offsetParent) this.offer(files);
    else this.takeDropped(files);
  }

  async offer(files) {
    const result = files.find((file) => this.limits.results.includes(suffix(file)));
    const videos = files.filter((file) => file !== result);
    if (videos.length > 1) return this.refuse(`These are ${files.length} files; choose one video, or a saved result and its video.`);
    const [video] = videos;
    const problem = (result && this.sizeProblem(result)) ?? (video && (this.problem(video) ?? (await this.lengthProblem(video))));
    if (problem) this.refuse(problem);
    else if (result) this.takeResult(result, video ?? null);
    else this.take(video);
  }

  problem(file) {
    const { suffixes } = this.limits;
    if (!file.type.startsWith("video/") && !suffixes.includes(suffix(file))) {
      const kinds = suffixes.map((each) => each.slice(1)).join(", ");
      return `${file.name} is not a video or a picture; choose a file of one of these kinds: ${kinds}.`;
    }
    return this.sizeProblem(file);
  }

  sizeProblem(file) {
    const { max_bytes } = this.limits;
    if (file.size === 0) return `${file.name} is empty (0 bytes); choose another file.`;
    if (file.size <= max_bytes) return null;
    return (
      `${file.name} has ${megabytes(file.size)}, more than the limit of ${megabytes(max_bytes)}; ` +
      "cut a shorter piece or reduce it."
    );
  }

  async lengthProblem(file) {
    const length_s = await length(file);
    if (!(length_s > this.limits.duration_s)) return null;
    return (
      `${file.name} is ${format.clock(length_s)} long, more than the limit of ` +
      `${minutes(this.limits.duration_s)}; cut a shorter piece.`
    );
  }
}

const suffix = (file) => (file.name.includes(".") ? `.${file.name.split(".").pop().toLowerCase()}` : "");

function card(example, takeExample) {
  return make(
    "li",
    {},
    make(
      "button",
      { type: "button", className: "a3-example", "data-example": example.name, onclick: () => takeExample(example) },
      make("img", { src: example.image, alt: "", width: 72, height: 72 }),
      make("span", {}, make("b", {}, example.title), make("small", {}, example.note)),
    ),
  );
}

// Length of a video file [s]; undefined where this browser cannot tell, then the server does.
function length(file) {
  return new Promise((resolve) => {
    const video = document.createElement("video");
    const address = URL.createObjectURL(file);
    const finish = (value) => {
      URL.revokeObjectURL(address);
      resolve(value);
    };
    video.preload = "metadata";
    video.onloadedmetadata = () => finish(Number.isFinite(video.duration) ? video.duration : undefined);
    video.onerror = () => finish(undefined);
    setTimeout(() => finish(undefined), METADATA_WAIT_MS);
    video.src = address;
  });
}

const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
const minutes = (seconds) => (seconds % 60 ? `${Math.round(seconds)} s` : `${seconds / 60} min`);
