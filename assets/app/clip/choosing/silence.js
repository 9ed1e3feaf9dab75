// A server that stops answering must not leave the page waiting for ever.
const SILENCE_MS = 20_000;

export class Silence {
  // isWanted(run): whether somebody still waits for that run; giveUp(): nobody answers.
  constructor(isWanted, giveUp) {
    Object.assign(this, { isWanted, giveUp });
  }

  // Begin to wait anew: something was heard, or asked.
  watch(run) {
    this.end();
    this.timer = setTimeout(async () => {
      const alive = await fetch("config", { method: "HEAD" }).then((answer) => answer.status < 500, () => false);
      if (!this.isWanted(run)) return;
      if (alive) this.watch(run);
      else this.giveUp();
    }, SILENCE_MS);
  }

  end() {
    clearTimeout(this.timer);
  }
}
