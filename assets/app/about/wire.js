// The About tab: two buttons, and the model that the visitor has chosen. The template is filled in
// anew with every model, so the clicks are caught around it.
import { model, parts } from "../shared/shared.js";

async function copyNotice({ copy, notice }) {
  const text = notice.textContent.replace(/\s+/g, " ").trim();
  try {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  } catch {
    // No permission: the text is selected instead, ready for the visitor's own copy command.
    getSelection().selectAllChildren(notice);
  }
}

// Wide tables and commands scroll sideways on a phone: by keyboard only if they take the focus.
function reachable() {
  const look = () => {
    for (const wide of document.querySelectorAll(":is(#about-card, #about-results) :is(table, pre)")) {
      wide.tabIndex = wide.scrollWidth > wide.clientWidth ? 0 : -1;
    }
  };
  for (const name of ["about-card", "about-results"]) {
    const card = document.getElementById(name);
    if (!card) continue;
    new ResizeObserver(look).observe(card);
    new MutationObserver(look).observe(card, { childList: true, subtree: true });
  }
}

// Runs when Gradio has put the panel on the page.
export function start({ element, props, trigger }) {
  function eraseAll({ erase, "erase-note": note }) {
    erase.disabled = true;
    note.textContent = "Deleting …";
    trigger("erase");
  }

  element.addEventListener("click", (event) => {
    const name = event.target.closest("[data-part]")?.dataset.part;
    if (name === "copy") copyNotice(parts(element));
    if (name === "erase") eraseAll(parts(element));
  });

  reachable();

  // The tab may be opened for the first time after another model was chosen.
  const refresh = () => model.value && model.value.name !== props.about.name && trigger("refresh");
  model.subscribe(refresh);
  refresh();
}
