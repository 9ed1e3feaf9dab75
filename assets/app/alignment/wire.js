// Runs when Gradio has put the panel on the page.
import { AlignmentTab } from "./alignment.js";

export function start({ element }) {
  new AlignmentTab(element);
}
