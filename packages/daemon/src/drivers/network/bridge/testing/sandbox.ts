/** Tests that change the host's network run where there is no host: in namespaces that end with them, whatever happens. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { it } from "vitest";

const inside = "LODGE_TEST_SANDBOX";

/** Runs the test file (`import.meta.filename`) again in network, mount and process namespaces of its own, and there `suite`. */
export function inSandbox(file: string, suite: () => void): void {
  const outer = () => it("holds in namespaces of its own", { timeout: 300_000 }, () => runInside(file));
  const tests = process.env[inside] === undefined ? outer : suite;
  tests();
}

async function runInside(file: string): Promise<void> {
  const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));
  const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const args = [...namespaces, process.execPath, vitest, "run", "--project", "contract", file];
  const env = { ...process.env, [inside]: "1" };
  try {
    const { stdout } = await promisify(execFile)("unshare", args, { env, timeout: 290_000, killSignal: "SIGKILL" });
    process.stdout.write(stdout);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    // The original error repeats all of the output.
    throw new Error(`${stdout ?? ""}\n${stderr ?? ""}`);
  }
}
