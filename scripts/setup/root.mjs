/** Set-up needs root: asks for it with sudo when it was started without. */
import { SetupFailure } from "./failure.mjs";
import { attempt, runAttached } from "./run.mjs";

/** What the re-executed script must still know; sudo drops the environment. */
const keep = [
  "LODGE_DIR",
  "LODGE_UPLINK",
  "LODGE_ALLOW_RAW",
  "LODGE_TEST_CACHE",
  "LODGE_TEST_LONG",
  "LODGE_BENCH_PEERS",
  "npm_execpath",
  "CI",
  "PATH",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/**
 * Returns true as root. Otherwise runs the same script again through sudo, with that run's exit status as this one's.
 * @returns {Promise<boolean>}
 */
export async function asRoot() {
  if (process.getuid?.() === 0) return true;
  const { status } = await attempt("sudo", ["-V"]);
  if (status !== 0) {
    throw new SetupFailure(
      "Lodge's set-up needs root (packages, network, cgroups) and there is no sudo: run it as root.",
    );
  }
  process.stdout.write("Set-up needs root; asking sudo for it.\n");
  const variables = keep.filter((name) => process.env[name]).map((name) => `${name}=${process.env[name]}`);
  process.exitCode = await runAttached(
    "sudo",
    ["--", "env", ...variables, process.execPath, ...process.argv.slice(1)],
    {
      timeout: 24 * 3_600_000,
    },
  );
  return false;
}
