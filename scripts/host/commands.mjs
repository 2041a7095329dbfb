/** `lodge` and `lodged` on PATH: small shell scripts that call this checkout's build with its own Node. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cliMain, daemonMain, defaultLodgeDir, lodgeDir, projectNode } from "../setup/places.mjs";
import { say, step } from "../setup/step.mjs";
import { record } from "./record.mjs";

const directory = "/usr/local/bin";
const marker = `# Made by Lodge's set-up for LODGE_DIR=${lodgeDir}; removed by its uninstall.`;

/**
 * @param {string} main
 * @param {string} directoryOfState
 */
export function wrapperScript(main, directoryOfState) {
  const exportDir =
    directoryOfState === defaultLodgeDir
      ? ""
      : `LODGE_DIR=\${LODGE_DIR:-${quote(directoryOfState)}}\nexport LODGE_DIR\n`;
  return `#!/bin/sh\n${marker}\n${exportDir}exec ${quote(projectNode)} ${quote(main)} "$@"\n`;
}

/** @param {string} word */
function quote(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export async function installCommands() {
  await step("Commands on PATH", async () => {
    const outcomes = [put("lodge", cliMain), put("lodged", daemonMain)];
    return outcomes.join(", ");
  });
}

/**
 * @param {string} name
 * @param {string} main
 */
function put(name, main) {
  const file = `${directory}/${name}`;
  const script = wrapperScript(main, lodgeDir);
  const present = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (present === script) return `${file} is there`;
  if (present !== undefined && !present.includes(marker)) return `${file} belongs to something else and was left alone`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  record({ commands: [file] });
  return present === undefined ? `${file} made` : `${file} renewed`;
}

/** @param {readonly string[]} made Those that set-up made. */
export function removeCommands(made) {
  for (const file of made) {
    if (!existsSync(file) || !readFileSync(file, "utf8").includes(marker)) continue;
    rmSync(file);
    say(`✓ ${file}: removed`);
  }
}
