import { describe, expect, it, test } from "vitest";
import { elfArchitecture } from "./elf-architecture.ts";
import { madeMetadata } from "./made-metadata.ts";
import { metadataArchive } from "./metadata-archive.ts";
import { RootSurvey } from "./root-survey.ts";

const created = new Date("2026-01-02T03:04:05Z");
const made = (filename: string, properties: Record<string, string> = {}, architecture?: string) =>
  madeMetadata({ filename, properties, created, hostArchitecture: "x86_64", ...(architecture && { architecture }) });

describe("madeMetadata", () => {
  it.each([
    ["disk.qcow2", "x86_64", "disk"],
    ["debian-12-generic-arm64.raw", "aarch64", "debian-12-generic-arm64"],
    ["root.amd64.tar.xz", "x86_64", "root.amd64"],
    ["Windows Server 2025.vhdx", "x86_64", "Windows Server 2025"],
  ])("of %s: %s, %s", (filename, architecture, description) =>
    expect(made(filename)).toEqual({ architecture, creationDate: 1_767_323_045, properties: { description } }),
  );
  it("has what the user says first, then what the content, then what the name says", () => {
    expect(made("x-arm64.tar", {}, "riscv64").architecture).toBe("riscv64");
    const said = { architecture: "amd64", description: "Mine", "requirements.secureboot": "false" };
    expect(made("x-arm64.tar", said, "riscv64")).toMatchObject({ architecture: "x86_64", properties: said });
  });
  it("without a name has no description", () => expect(made("").properties).toEqual({}));
});

test("the same metadata give the same archive", async () => {
  const metadata = made("disk.raw");
  expect(await metadataArchive(metadata)).toEqual(await metadataArchive(metadata));
});

const elf = (bits: 1 | 2, order: 1 | 2, machine: number) => {
  const head = Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits, order, ...Array(14).fill(0)]);
  if (order === 1) head.writeUInt16LE(machine, 18);
  else head.writeUInt16BE(machine, 18);
  return head;
};

describe("elfArchitecture", () => {
  it.each<[Buffer, string | undefined]>([
    [elf(2, 1, 62), "x86_64"],
    [elf(1, 1, 3), "i686"],
    [elf(2, 1, 183), "aarch64"],
    [elf(2, 2, 22), "s390x"],
    [elf(2, 1, 9999), undefined],
    [Buffer.from("#!/bin/sh\n# a script of some length"), undefined],
    [Buffer.from("\x7fELF"), undefined],
  ])("%#", (head, architecture) => expect(elfArchitecture(head)).toBe(architecture));
});

test("a root is for the processor of most of its programs", () => {
  const survey = new RootSurvey();
  expect(survey.looksLikeRoot).toBe(false);
  expect(survey.note("usr/bin/qemu-aarch64-static")).toBe(true);
  survey.noteProgram(elf(2, 1, 183));
  for (const name of ["sbin/init", "usr/bin/env"]) {
    expect(survey.note(name)).toBe(true);
    survey.noteProgram(elf(2, 1, 62));
  }
  expect(survey.note("usr/lib/x86_64-linux-gnu/libc.so.6")).toBe(false);
  expect(survey).toMatchObject({ looksLikeRoot: true, architecture: "x86_64" });
});
