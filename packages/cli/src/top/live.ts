import type { Usage } from "@lodge/api";
import { asLodgeError } from "@lodge/api/errors";
import type { Context } from "../context.ts";
import { rawMode } from "../terminal/raw-mode.ts";
import { endedBySignal } from "../terminal/signals.ts";
import { frameLines } from "./frame.ts";
import { pressed, splitKeys, type TopState } from "./keys.ts";

const enter = "\x1b[?1049h\x1b[?25l";
const leave = "\x1b[?25h\x1b[?1049l";

/** Asks for what is used now. */
export type AskUsage = (allProjects: boolean) => Promise<Usage>;

/** Shows the table on a screen of its own until the user has seen enough, and then the terminal as it was. */
export async function showLive(context: Context, first: TopState, ask: AskUsage): Promise<void> {
  const { stdin, stdout, signals } = context.surroundings;
  let usage = await ask(first.allProjects);
  using _raw = rawMode(stdin);
  using signal = endedBySignal(signals);
  const restore = () => stdout.write(leave);
  process.on("exit", restore);
  stdout.write(enter);
  const quit = Promise.withResolvers<void>();
  let state = first;
  let problem = "";
  const draw = () => {
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    const lines = frameLines(usage, { ...state, footer: problem || footerOf(state) }, context.paint, size);
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`);
  };
  const keys = (data: Buffer) => {
    for (const key of splitKeys(data.toString("utf8"))) {
      const next = pressed(state, key);
      if (next === "quit") return quit.resolve();
      if (next.allProjects !== state.allProjects) wake.resolve();
      state = next;
    }
    draw();
  };
  let wake = Promise.withResolvers<void>();
  stdin.on("data", keys);
  stdout.on("resize", draw);
  try {
    draw();
    const refreshing = async () => {
      for (;;) {
        wake = Promise.withResolvers();
        const timer = setTimeout(wake.resolve, state.refresh * 1000);
        await wake.promise;
        clearTimeout(timer);
        try {
          usage = await ask(state.allProjects);
          problem = "";
        } catch (error) {
          // A daemon that starts anew is back soon.
          problem = `No answer: ${asLodgeError(error).message}`;
        }
        draw();
      }
    };
    await Promise.race([quit.promise, signal.ended, refreshing()]);
  } finally {
    stdin.off("data", keys);
    stdout.off("resize", draw);
    process.off("exit", restore);
    restore();
    stdin.pause();
  }
}

/** What a narrow terminal has no room for is at the end. */
function footerOf({ typing, filter, sort, refresh, tree, allProjects }: TopState): string {
  if (typing) return `filter: ${filter}_   (Enter keeps it, Esc gives it up; also type=, state=, project=)`;
  const parts = [
    "q quit",
    filter ? `/ filter "${filter}"` : "/ filter",
    `sort by ${sort}: c m d n a < >`,
    "r reverse",
    `t ${tree ? "list" : "tree"}`,
    `p ${allProjects ? "one project" : "all"}`,
    `+ - ${refresh} s`,
  ];
  return parts.join("  ");
}
