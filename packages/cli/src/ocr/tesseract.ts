import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";
import { LodgeError } from "@lodge/api/errors";

/** Milliseconds for one picture. */
const patience = 120_000;

/** Reads a Netpbm picture with tesseract. `language` is one of its codes: `eng`, `deu`, `eng+deu`. */
export async function recognise(picture: Buffer, language: string, signal?: AbortSignal): Promise<string> {
  // As one block of text: a screen's columns are read across, as people read them.
  const child = spawn("tesseract", ["-", "-", "-l", language, "--psm", "6"], {
    stdio: ["pipe", "pipe", "pipe"],
    // Its threads gain little with pictures of this size and take from the guest.
    env: { ...process.env, OMP_THREAD_LIMIT: "1" },
    timeout: patience,
    killSignal: "SIGKILL",
    ...(signal && { signal }),
  });
  // What it refuses to read it says on standard error.
  child.stdin.on("error", () => undefined).end(picture);
  const [read, complaint] = [text(child.stdout), buffer(child.stderr)];
  const status = await exitStatus(child);
  if (status === 0) return readable(await read);
  throw failure((await complaint).toString(), status);
}

function failure(complaint: string, status: number | null): LodgeError {
  const [, language] = /Failed loading language '(\w+)'/.exec(complaint) ?? [];
  if (language !== undefined) {
    const message = `tesseract does not know the language "${language}"; install the Debian package tesseract-ocr-${language}.`;
    return new LodgeError({ code: "host_tool_missing", message });
  }
  const reason = complaint.trim().split("\n").at(-1) || `status ${status}`;
  return new LodgeError({ code: "internal", message: `tesseract could not read the screen: ${reason}` });
}

async function exitStatus(child: ChildProcess): Promise<number | null> {
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return status;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    throw new LodgeError({
      code: "host_tool_missing",
      message: "Reading text from a screen needs tesseract; install the Debian package tesseract-ocr.",
      cause: error,
    });
  }
}

/** Without empty lines. */
function readable(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .join("\n");
}
