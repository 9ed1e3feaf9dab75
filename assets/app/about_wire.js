// The two buttons of the About tab.
const { copy, notice, erase, "erase-note": note } = window.a3lign.parts(element);

copy.addEventListener("click", async () => {
  const text = notice.textContent.replace(/\s+/g, " ").trim();
  try {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  } catch {
    // No permission: the text is selected instead, ready for the visitor's own copy command.
    getSelection().selectAllChildren(notice);
  }
});

erase.addEventListener("click", () => {
  erase.disabled = true;
  note.textContent = "Deleting …";
  trigger("erase");
});
