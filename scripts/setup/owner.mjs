/** Files of a checkout belong to its owner, also when set-up runs as root. */
import { readFileSync, statSync } from "node:fs";
import { checkout } from "./places.mjs";

/**
 * User and environment for programs that write into the checkout.
 * @returns {{ as?: { uid: number, gid: number }, env: NodeJS.ProcessEnv }}
 */
export function asCheckoutOwner() {
  const { uid, gid } = statSync(checkout);
  if (process.getuid?.() !== 0 || uid === 0) return { env: process.env };
  return { as: { uid, gid }, env: { ...process.env, HOME: homeOf(uid) } };
}

/** @param {number} uid */
function homeOf(uid) {
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[2] === String(uid));
  return entry?.[5] ?? "/tmp";
}
