import { expect, test } from "vitest";
import { virtiofsdArguments } from "./arguments.ts";

const share = { source: "/l/run/0a/shares/1/root", listener: 4, recursive: false, openFiles: 1024 };

test("QEMU's own takes its options by -o", () => {
  expect(virtiofsdArguments("qemu", share)).toEqual([
    ...["--fd=4", "--rlimit-nofile=1024"],
    ...["-o", "source=/l/run/0a/shares/1/root,sandbox=namespace,cache=auto,xattr"],
  ]);
  expect(virtiofsdArguments("qemu", { ...share, recursive: true }).at(-1)).toMatch(/,announce_submounts$/);
});

test("the one in Rust takes them as arguments", () => {
  expect(virtiofsdArguments("rust", { ...share, recursive: true })).toEqual([
    ...["--fd=4", "--rlimit-nofile=1024", "--shared-dir=/l/run/0a/shares/1/root"],
    ...["--sandbox=namespace", "--cache=auto", "--xattr", "--announce-submounts"],
  ]);
});
