/** The send rate of the last minute against the limit. */

import { make, setText } from "../drawing/dom.js";

const LEAST_TOP = 36;

export class Plot {
  /**
   * @param {import("../world/world.js").World} world
   * @param {import("./calls.js").Calls} calls
   */
  constructor(world, calls) {
    this.world = world;
    this.calls = calls;
    this.canvas = make("canvas", { role: "img", "aria-label": "Messages sent in each of the last 60 seconds" });
    this.now = make("strong", {}, "0/s");
    this.most = make("span", {}, "");
    this.element = make(
      "figure.plot",
      {},
      make("figcaption", {}, make("span", {}, "Messages each second"), this.now, this.most),
      this.canvas,
    );
    this.key = "";
  }

  /** Draw it again if anything is different. */
  show() {
    const minute = this.calls.minute();
    const limit = this.world.limits.per_second ?? 30;
    const box = this.canvas.getBoundingClientRect();
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const key = JSON.stringify([minute.map((it) => [it.sent, it.refused, it.failed]), this.world.limits, box.width, isDark]);
    if (key === this.key || box.width === 0) return;
    this.key = key;
    const last = minute.at(-2);
    const most = Math.max(...minute.map(({ sent }) => sent));
    setText(this.now, `${Math.max(last.sent, minute.at(-1).sent)}/s`);
    setText(this.most, `peak ${most}/s`);
    this.draw(minute, limit, box);
  }

  draw(minute, limit, { width, height }) {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name);
    const top = Math.max(LEAST_TOP, limit * 1.2, ...minute.map((it) => it.sent + it.refused + it.failed));
    const y = (value) => height - (value / top) * height;
    const step = width / minute.length;
    minute.forEach((second, index) => {
      let base = 0;
      for (const [value, name] of [[second.sent, "--accent"], [second.refused, "--slow"], [second.failed, "--bad"]]) {
        if (!value) continue;
        context.fillStyle = colour(name);
        context.fillRect(index * step, y(base + value), Math.max(step - 1, 1), y(base) - y(base + value));
        base += value;
      }
    });
    context.strokeStyle = colour("--muted");
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(0, y(limit));
    context.lineTo(width, y(limit));
    context.stroke();
    context.fillStyle = colour("--muted");
    context.font = `11px ${style.fontFamily}`;
    const state = this.world.limits.enabled ? "Telegram’s limit" : "Telegram’s limit, off now";
    context.fillText(`${limit} a second: ${state}`, 4, y(limit) - 5);
  }
}
