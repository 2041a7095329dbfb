import type { AgentLine } from "./agent-line.ts";
import type { CallLine } from "./call-line.ts";
import { runByAgent } from "./run-by-agent.ts";

/** Milliseconds for a shell in a busy guest to send a signal. */
const patience = 20_000;

/**
 * Lodge's sshd begins anew: with a key of its own, and without what it drew before the fork. What is over of commands that the agent ran
 * goes with that.
 */
export const renewal = `
renew() {
for done in /run/lodge/exec-*.done; do
  [ ! -e "$done" ] || rm -f "\${done%done}"*
done
if [ -s /run/lodge/ssh.pid ]; then
  read -r pid </run/lodge/ssh.pid
  kill -HUP "$pid"
else
  pkill -f '^/usr/sbin/sshd -i -f /etc/lodge/sshd_config' || true
fi
}
`.trimStart();

/** What personalizing a guest left for later begins, see the guest's script. */
const go = "[ ! -p /run/lodge/go ] || echo >/run/lodge/go";

/** In a fork of which nobody waits for anything. `call`: what waits in it, if it does. */
export function settleFork(agent: AgentLine, call: CallLine | undefined): Promise<void> {
  return ask(agent, call?.order("go", patience), go);
}

/** In a fork, before its sshd is connected to. */
export function renewSshd(agent: AgentLine, call: CallLine | undefined): Promise<void> {
  return ask(agent, call?.order("renew", patience), `${renewal}renew`);
}

async function ask(agent: AgentLine, ordered: Promise<void> | undefined, script: string): Promise<void> {
  const isDone = await ordered?.then(
    () => true,
    () => false,
  );
  if (!isDone) await runByAgent(agent, { path: "/bin/sh", arg: ["-c", script] }, AbortSignal.timeout(patience));
}
