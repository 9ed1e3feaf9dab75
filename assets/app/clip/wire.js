// Runs when Gradio has put the panel on the page.
import { startCorrections } from "../corrections/corrections.js";
import { startMarks } from "../corrections/marks.js";
import { ClipTab } from "./clip.js";

const read = (text) => (text ? JSON.parse(text) : null);

export function start({ element, props, trigger, watch }) {
  const tab = new ClipTab(element, props, trigger, startMarks(element));
  const corrections = startCorrections(element, tab, trigger);
  watch("value", () => corrections.hear(read(props.value)) || tab.receive(read(props.value)));
  watch("copy", () => props.copy && tab.showCopy(read(props.copy)));
  watch("saved", () => props.saved && tab.showSaved(read(props.saved)));
  watch("opened", () => props.opened && tab.analyse({ saved: true, title: "Live recording" }));
  element.querySelector("[data-part=root]").dataset.ready = "";
}
