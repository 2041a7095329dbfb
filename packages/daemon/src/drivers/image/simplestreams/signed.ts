/** Signed lists of images: `.sjson` files, whose text stands in a signature of OpenPGP. */
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LodgeError } from "@lodge/api/errors";
import { run } from "../../../system/run.ts";
import { untrue } from "../../../system/web/web-error.ts";

/** The file of keys by one of which a server's lists must be signed; undefined where nobody asks for that. */
export async function keyringFor(directory: string, server: URL): Promise<string | undefined> {
  const path = join(directory, `${server.host.replaceAll(":", "_")}.gpg`);
  return access(path).then(
    () => path,
    () => undefined,
  );
}

/** Where the signed form of a list is. */
export const signedPath = (path: string): string => path.replace(/\.json$/, ".sjson");

/** The text that was signed, and nothing that stands around it. `image_server_invalid`, `host_tool_missing`. */
export async function signedText(server: URL, text: string, keyring: string): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "lodge-signed-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const [signed, plain] = [join(directory, "signed"), join(directory, "plain")];
  await writeFile(signed, text, { mode: 0o600 });
  try {
    await run("gpgv", ["--quiet", "--keyring", keyring, "--output", plain, signed]);
  } catch (error) {
    if (error instanceof LodgeError && error.code === "host_tool_missing") throw error;
    throw untrue(server, `its list of images is not signed by a key of ${keyring}`, error);
  }
  return readFile(plain, "utf8");
}
