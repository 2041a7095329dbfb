import { type GuestAgent, QmpError } from "@lodge/qmp";

/** Bytes; what a guest says beyond is not read. */
const most = 16_384;

/** A small file, read by the guest's agent itself: nothing is started in the guest. Undefined: there is none, or the agent reads none for anybody. */
export async function readGuestFile(agent: GuestAgent, path: string): Promise<string | undefined> {
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
