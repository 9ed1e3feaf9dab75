// Runs when Gradio has put the panel on the page.
import { startLive } from "./live.js";

export function start({ element, props, trigger }) {
  startLive(element, props.settings, () => trigger("saved"));
}
