/** Work in small pieces, one frame at a time, so that scrolling and typing never wait. */

const BUDGET_MS = 8;
let waiting = [];
let asked = false;

/** Run this in one of the next frames, after what waits already. */
export function soon(work) {
  waiting.push(work);
  if (!asked) {
    asked = true;
    requestAnimationFrame(run);
  }
}

function run() {
  const until = performance.now() + BUDGET_MS;
  let done = 0;
  while (done < waiting.length && performance.now() < until) {
    waiting[done]();
    done += 1;
  }
  waiting = waiting.slice(done);
  asked = waiting.length > 0;
  if (asked) requestAnimationFrame(run);
}
