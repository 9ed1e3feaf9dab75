// Keys of the result: play and pause, step by analysed frame, begin and end.
export function bindKeys(studio, player, currentView) {
  studio.addEventListener("keydown", (event) => {
    const view = currentView();
    if (!view || event.altKey || event.ctrlKey || event.metaKey) return;
    const pressable = event.target.closest("button, input, a, summary");
    const actions = {
      " ": () => !pressable && player.toggle(),
      ArrowLeft: () => player.step(-1),
      ArrowRight: () => player.step(1),
      Home: () => view.go(0, "keyboard"),
      End: () => view.go(view.end_s, "keyboard"),
    };
    if (!(event.key in actions) || event.target.matches("input")) return;
    if (actions[event.key]() === false) return;
    event.preventDefault();
  });
}
