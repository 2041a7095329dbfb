/** A failure whose message is meant for the person who runs the script: no stack is shown. */
export class SetupFailure extends Error {}

/**
 * Runs a script to its end; a failure becomes a message and exit status 1.
 * @param {() => Promise<void>} main
 */
export async function runScript(main) {
  try {
    await main();
  } catch (error) {
    const text = error instanceof SetupFailure ? error.message : String(error instanceof Error ? error.stack : error);
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}
