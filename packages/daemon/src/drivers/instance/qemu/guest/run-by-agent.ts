import { setTimeout as delay } from "node:timers/promises";
import type { AgentCommands } from "@lodge/qmp";
import type { AgentLine } from "./agent-line.ts";

/** Milliseconds between questions whether it is through: the agent does not tell unasked, and each costs the guest some. */
const intervals = { first: 10, last: 60, growth: 1.15 };

/** Has a guest's agent run a program to its end; returns its output. Throws what that said when it failed. */
export async function runByAgent(
  line: AgentLine,
  program: Omit<AgentCommands["guest-exec"]["arguments"], "capture-output">,
  signal: AbortSignal,
): Promise<string> {
  const { pid } = await line.use((agent) => agent.execute("guest-exec", { ...program, "capture-output": true }));
  for (let pause = intervals.first; ; pause = Math.min(pause * intervals.growth, intervals.last)) {
    await delay(pause, undefined, { signal });
    const status = await line.use((agent) => agent.execute("guest-exec-status", { pid }));
    if (!status.exited) continue;
    const text = (data = "") => Buffer.from(data, "base64").toString("utf8");
    if (status.exitcode === 0) return text(status["out-data"]);
    const said = text(status["err-data"]).trim();
    throw new Error(said.slice(-1_000) || `its status is ${status.exitcode ?? `signal ${status.signal}`}`);
  }
}
