// Where a clip comes from: a file, a drop, an example. Refuses what cannot work before sending it.
import { format, make, parts } from "../../shared/shared.js";

const METADATA_WAIT_MS = 1500;

export class Source {
  // `limits`: suffixes, max_bytes, duration_s. `take(file)` and `takeExample(example)` go on.
  constructor(root, { limits, examples, take, takeExample, refuse }) {
    this.part = parts(root);
    Object.assign(this, { limits, take, refuse });
    const { drop, file, pick } = this.part;
    file.accept = ["video/*", ...limits.suffixes].join(",");
    pick.addEventListener("click", () => file.click());
    file.addEventListener("change", () => this.chosen());
    for (const name of ["dragenter", "dragover"]) root.addEventListener(name, (event) => this.drag(event));
    for (const name of ["dragleave", "drop"]) root.addEventListener(name, () => drop.removeAttribute("data-over"));
    root.addEventListener("drop", (event) => this.drop(event));
    this.part.limits.textContent =
      `${limits.suffixes.map((suffix) => suffix.slice(1)).join(", ")} · ` +
      `up to ${megabytes(limits.max_bytes)} and ${minutes(limits.duration_s)}`;
    this.part.examples.replaceChildren(...examples.map((example) => card(example, takeExample)));
  }

  // Also what was chosen before this script was here.
  chosen() {
    const { file } = this.part;
    if (file.files.length) this.offer(file.files[0]);
    file.value = "";
  }

  drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.part.drop.setAttribute("data-over", "");
  }

  drop(event) {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    if (this.part.drop.offsetParent) this.offer(file);
  }

  async offer(file) {
    const problem = this.problem(file) ?? (await this.lengthProblem(file));
    if (problem) this.refuse(problem);
    else this.take(file);
  }

  problem(file) {
    const { suffixes, max_bytes } = this.limits;
    const suffix = file.name.includes(".") ? `.${file.name.split(".").pop().toLowerCase()}` : "";
    if (!file.type.startsWith("video/") && !suffixes.includes(suffix)) {
      const kinds = suffixes.map((each) => each.slice(1)).join(", ");
      return `${file.name} is not a video or a picture; choose a file of one of these kinds: ${kinds}.`;
    }
    if (file.size === 0) return `${file.name} is empty (0 bytes); choose another file.`;
    if (file.size > max_bytes) {
      return (
        `${file.name} has ${megabytes(file.size)}, more than the limit of ${megabytes(max_bytes)}; ` +
        "cut a shorter piece or reduce it."
      );
    }
    return null;
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
