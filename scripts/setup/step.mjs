/** What the person sees: one line a step, alive on a terminal, plain on a pipe. */
import { stripVTControlCharacters } from "node:util";

const live = Boolean(process.stdout.isTTY);
const green = live ? "\u001b[32m✓\u001b[0m" : "✓";
const red = live ? "\u001b[31m✗\u001b[0m" : "✗";

/** @typedef {(status: string) => void} Status Shows what the step is doing now; seen on a terminal only. */

/**
 * Runs one step of a script and reports how it went. What the work returns is shown as its outcome.
 * @param {string} title
 * @param {(status: Status) => Promise<string | undefined | void>} work
 */
export async function step(title, work) {
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  let status = "";
  const draw = () => redraw(`… ${title}${seconds() > 1 ? ` (${seconds()} s)` : ""}${status && `: ${status}`}`);
  const ticking = live ? setInterval(draw, 1000) : undefined;
  if (live) draw();
  try {
    const outcome = await work((text) => {
      status = stripVTControlCharacters(text).trim();
      if (live) draw();
    });
    say(`${green} ${title}${outcome ? `: ${outcome}` : ""}${seconds() > 1 ? ` (${seconds()} s)` : ""}`);
  } catch (error) {
    say(`${red} ${title}`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}

/** @param {string} text */
export function say(text) {
  if (live) process.stdout.write("\r\u001b[K");
  process.stdout.write(`${text}\n`);
}

/** @param {string} text */
function redraw(text) {
  process.stdout.write(`\r\u001b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
}
