/** Takes down what interrupted test runs left. Run as a program by `npm test`, and before every daemon under test. */
import { orphans } from "./registration.ts";
import { takeDown } from "./take-down.ts";

export async function sweep(): Promise<void> {
  for (const { directory, network } of orphans()) {
    process.stderr.write(`Taking down ${directory}, left by an interrupted test.\n`);
    for (const remains of await takeDown(directory, network)) process.stderr.write(`  left: ${remains}\n`);
  }
}

if (import.meta.main) await sweep();
