// The choice of a model: a list under the page's head, and the badge of demonstration weights.
import { make, model } from "./shared.js";
import { post } from "./visitor.js";

// Weights may have to be fetched and read first.
const LOAD_WITHIN_MS = 600_000;
const EDGE_PX = 12;

export class ModelPicker {
  // part: the parts of header.html; initial: the model that every visit begins with.
  constructor(part, initial) {
    Object.assign(this, { part, initial, busy: false });
    part.models.addEventListener("toggle", (event) => event.newState === "open" && this.open());
    part.hub.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = part["hub-id"].value.trim();
      if (name) this.choose(name);
    });
    model.subscribe(() => this.show());
    model.set(initial, "start");
    window.addEventListener("a3-new-visit", () => this.chooseAgain());
  }

  show() {
    const { part } = this;
    const { name, is_demo } = model.value;
    part["model-name"].textContent = name;
    part.model.title = `${name}: choose another model`;
    part.badge.hidden = !is_demo;
    part.badge.textContent = "demo model";
    part.badge.title = `${name}: good enough to try the app, not to rely on; see About.`;
    for (const button of part["model-list"].querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === name));
    }
  }

  async open() {
    const { part } = this;
    const below = part.model.getBoundingClientRect();
    part.models.style.top = `${below.bottom + EDGE_PX / 2}px`;
    const page_px = document.documentElement.clientWidth;
    const most_px = page_px - part.models.offsetWidth - EDGE_PX;
    part.models.style.right = `${Math.max(Math.min(page_px - below.right, most_px), EDGE_PX)}px`;
    if (this.busy) return;
    this.say("");
    try {
      const response = await post("/models/list");
      const { models, hub } = await response.json();
      part.hub.hidden = !hub;
      this.list(models);
      if (models.length < 2 && !hub) this.say("This server offers one model.");
    } catch (error) {
      this.say(error.message);
    }
  }

  list(models) {
    const listed = models.some(({ name }) => name === model.value.name);
    const all = listed ? models : [...models, { name: model.value.name, note: "from Hugging Face" }];
    this.part["model-list"].replaceChildren(
      ...all.map(({ name, note }) => {
        const button = make(
          "button",
          { type: "button", value: name, onclick: () => this.choose(name) },
          make("b", {}, name),
          make("span", {}, note),
        );
        return make("li", {}, button);
      }),
    );
    this.show();
  }

  async choose(name) {
    if (this.busy) return;
    if (name === model.value.name) return this.part.models.hidePopover();
    this.wait(true);
    this.say(`Loading ${name} …`);
    try {
      model.set(await ask(name), "picker");
      this.say(`${name} is in use now.`);
      this.part.models.hidePopover();
    } catch (error) {
      this.say(error.message);
    } finally {
      this.wait(false);
    }
  }

  wait(busy) {
    this.busy = busy;
    this.part.models.toggleAttribute("aria-busy", busy);
    for (const button of this.part.models.querySelectorAll("button, input")) button.disabled = busy;
  }

  // The server began anew and knows of no choice.
  async chooseAgain() {
    const { name } = model.value;
    if (name === this.initial.name) return;
    try {
      await ask(name);
    } catch {
      model.set(this.initial, "server");
    }
  }

  say(sentence) {
    this.part["model-note"].textContent = sentence;
  }
}

async function ask(name) {
  const response = await post("/models/choose", {
    query: { name },
    within_ms: LOAD_WITHIN_MS,
  });
  return response.json();
}
