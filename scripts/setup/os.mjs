/** Which operating system this is, and whether Lodge has been made for it. */
import { readFileSync } from "node:fs";
import { arch } from "node:process";
import { SetupFailure } from "./failure.mjs";

/**
 * @typedef {object} HostSystem
 * @property {string} id `debian`, `ubuntu`.
 * @property {string} version `12`, `24.04`.
 * @property {string} name In words.
 * @property {"x64" | "arm64"} architecture
 */

const supported = new Set(["debian 12", "debian 13", "ubuntu 24.04"]);

/**
 * Fields of an os-release(5) file.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseOsRelease(text) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of text.split("\n")) {
    const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
    if (match?.[1]) fields[match[1]] = match[2] ?? match[3] ?? match[4] ?? "";
  }
  return fields;
}

/** @returns {HostSystem} */
export function detectSystem() {
  if (process.platform !== "linux") throw new SetupFailure("Lodge runs on Linux only.");
  if (arch !== "x64" && arch !== "arm64") {
    throw new SetupFailure(`Lodge runs on x86-64 and arm64; this Node is built for ${arch}.`);
  }
  const fields = parseOsRelease(readFileSync("/etc/os-release", "utf8"));
  const id = fields["ID"] ?? "";
  const version = fields["VERSION_ID"] ?? "";
  return { id, version, name: fields["PRETTY_NAME"] ?? `${id} ${version}`, architecture: arch };
}

/** @param {HostSystem} system */
export function isSupported(system) {
  return supported.has(`${system.id} ${system.version}`);
}
