// The card that follows the pointer: class, sentence, time, true cosine, and the face.
import { format, make, swatch } from "../../shared/shared.js";

const GAP_PX = 14;

export class HoverCard {
  constructor(element, root) {
    this.element = element;
    this.root = root;
  }

  // Lines are [text, value] pairs; a label may stand in front of the first.
  show(event, { title, label, style, lines = [], image }) {
    if (!event) return;
    const name = style && label ? [swatch(style), format.name(label)] : [];
    this.element.replaceChildren(
      ...(image ? [make("img", { src: image, alt: "" })] : []),
      make(
        "div",
        {},
        make("b", {}, title),
        ...(name.length ? [make("p", {}, ...name)] : []),
        ...lines.map(([text, value]) => make("p", {}, text, make("span", {}, value))),
      ),
    );
    this.element.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const [width, height] = [this.element.offsetWidth, this.element.offsetHeight];
    const x = event.clientX - frame.left;
    const y = event.clientY - frame.top;
    const left = x + GAP_PX + width > frame.width ? x - GAP_PX - width : x + GAP_PX;
    this.element.style.left = `${Math.max(left, 0)}px`;
    this.element.style.top = `${Math.max(y - height - GAP_PX, 0)}px`;
  }

  hide() {
    this.element.hidden = true;
  }
}
