import { expect, test } from "vitest";
import { exitReport, lastWords } from "./exit-report.ts";

const started = "13091@1795355643.810693:runstate_set current_run_state 6 (prelaunch) new_state 9 (running)\n";
const stopped = "13091@1795355656.084171:runstate_set current_run_state 9 (running) new_state 11 (shutdown)\n";
const request = (reason: number) => `14379@1795355704.704339:qemu_system_shutdown_request reason=${reason}\n`;
const terminated =
  "2026-11-22T14:45:36.069408Z qemu-system-x86_64: terminating on signal 15 from pid 14581 (systemd-shutdow)\n";
const words = "2026-11-22T13:00:00.000Z qemu-system-x86_64: something broke\n";
const plain = { killRequested: false, hostRestarted: false };

test.each([
  ["power-off by the guest", { ...plain, log: started + request(6) + stopped }, "shutdown"],
  ["reboot under -action reboot=shutdown", { ...plain, log: started + stopped }, "reboot"],
  ["reboot as a request", { ...plain, log: started + request(7) + stopped }, "reboot"],
  ["panic", { ...plain, log: started + request(8) + stopped }, "crash"],
  ["host error", { ...plain, log: started + request(1) + stopped }, "crash"],
  ["SIGTERM", { ...plain, log: started + terminated + stopped }, "killed"],
  ["SIGTERM as a request", { ...plain, log: started + request(4) + stopped }, "killed"],
  ["quit over QMP", { ...plain, log: started + request(2) + stopped }, "killed"],
  ["SIGKILL from outside", { ...plain, log: started }, "crash"],
  ["SIGKILL on request", { ...plain, killRequested: true, log: started }, "killed"],
  ["a host that was restarted", { ...plain, hostRestarted: true, log: started }, "crash"],
  ["an empty log", { ...plain, log: "" }, "crash"],
])("%s", (_what, run, reason) => {
  expect(exitReport(run).reason).toBe(reason);
});

test("a crash shows the log's last words and the status, without traces", () => {
  const report = exitReport({ ...plain, log: started + words, status: 1 });
  expect(report).toMatchObject({ status: 1, detail: expect.stringContaining("something broke") });
  expect(report.detail).not.toContain("runstate_set");
});

test("at most ten lines are shown", () => {
  const log = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join("");
  expect(lastWords(log).split("\n")).toHaveLength(10);
});
