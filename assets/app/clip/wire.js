// Runs when Gradio has put the panel on the page. Events named here exist for Python:
// "analyse", "forget", "preview", "save".
const tab = new window.a3lign.ClipTab(element, props, trigger, upload);
const read = (text) => (text ? JSON.parse(text) : null);
watch("value", () => tab.receive(read(props.value)));
watch("copy", () => props.copy && tab.showCopy(read(props.copy)));
watch("saved", () => props.saved && tab.showSaved(read(props.saved)));
watch("opened", () => props.opened && tab.analyse({ saved: true, title: "Live recording" }));
element.querySelector("[data-part=root]").dataset.ready = "";
