import { type GuestAgent, QmpError } from "@lodge/qmp";
import { type GuestReport, guestReport } from "./guest-report.ts";

/** Bytes; what a guest says beyond is not read. */
const most = 16_384;

/** Asks a guest's agent, which reads the files itself: nothing is started in the guest. Undefined: it is no Linux. */
export async function readGuestMemory(agent: GuestAgent): Promise<GuestReport | undefined> {
  const meminfo = await readGuestFile(agent, "/proc/meminfo");
  if (meminfo === undefined) return undefined;
  const vmstat = await readGuestFile(agent, "/proc/vmstat");
  const pressure = await readGuestFile(agent, "/proc/pressure/memory");
  return guestReport({ meminfo, vmstat, pressure });
}

/** Undefined: there is none, or the agent does not read files for anybody. */
async function readGuestFile(agent: GuestAgent, path: string): Promise<string | undefined> {
  const handle = await agent.execute("guest-file-open", { path, mode: "r" }).catch(refused);
  if (handle === undefined) return undefined;
  try {
    const answer = await agent.execute("guest-file-read", { handle, count: most }).catch(refused);
    return answer && Buffer.from(String(answer["buf-b64"]), "base64").toString("utf8");
  } finally {
    await agent.execute("guest-file-close", { handle });
  }
}

/** A refusal is an answer. */
function refused(error: unknown): undefined {
  if (!(error instanceof QmpError)) throw error;
}
