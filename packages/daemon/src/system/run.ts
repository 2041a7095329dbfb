import { type ErrorCode, LodgeError } from "@lodge/api/errors";
import { type Captured, capture } from "./spawn/capture.ts";
import { isMissing } from "./spawn/posix-spawn.ts";

export interface RunOptions {
  /** Bytes for standard input. */
  readonly input?: string | Buffer;
  /** Milliseconds; default 30,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** It runs. */
  readonly started?: (pid: number) => void;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Path of the network namespace that it runs in; default: the daemon's own. */
  readonly network?: string;
  /** Ends with the daemon, however that ends: for what takes long and would be in the next one's way. */
  readonly bound?: true;
  /** The code of the LodgeError on failure; default `internal`. */
  readonly code?: ErrorCode;
}

const boundToParent = ["setpriv", "--pdeathsig=KILL", "--"] as const;

/** Runs a program by argument list to its end and returns its standard output, without a last newline. Never through a shell. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, signal, started, cwd, network, timeout = 30_000 } = options;
  const [program, ...given] = options.bound ? [...boundToParent, file, ...args] : [file, ...args];
  const request = {
    ...{ file: program, args: given, env: { ...process.env, ...options.env }, timeout },
    ...(input !== undefined && { input }),
    ...(signal && { signal }),
    ...(started && { started }),
    ...(cwd !== undefined && { cwd }),
    ...(network !== undefined && { network }),
  };
  try {
    const { stdout, stderr, ...how } = await capture(request);
    const failure = failureOf(how, timeout);
    if (failure !== undefined) throw Object.assign(new Error(failure), { stderr });
    return stdout.replace(/\r?\n$/, "");
  } catch (error) {
    throw toolError(file, args, isMissing(error) ? { code: "ENOENT" } : error, options.code ?? "internal");
  }
}

function failureOf({ ending, cut }: Pick<Captured, "ending" | "cut">, timeout: number): string | undefined {
  if (cut === "time") return `it took longer than ${timeout / 1000} s`;
  if (cut === "output") return "it said more than it may";
  if (cut === "abort") return "it was cancelled";
  if (ending.kind === "signal") return `it was ended by signal ${ending.signal}`;
  return ending.status === 0 ? undefined : `its exit status is ${ending.status}`;
}

/** Makes a LodgeError of a failed program: a missing one and a full file system are told apart, others carry their last lines. */
export function toolError(file: string, args: readonly string[], error: unknown, code: ErrorCode): LodgeError {
  const failure = error as { code?: string; stderr?: unknown; shortMessage?: string; message?: string };
  if (failure.code === "ENOENT") {
    return new LodgeError({
      code: "host_tool_missing",
      message: `The program ${file} is not installed on the host; install it (${debianPackages[file] ?? file}).`,
      cause: error,
    });
  }
  const stderr = typeof failure.stderr === "string" ? failure.stderr.trim().split("\n").slice(-10).join("\n") : "";
  const what = [file, args[0]].filter(Boolean).join(" ");
  const full = /No space left on device|Disk quota exceeded/i.test(stderr);
  return new LodgeError({
    code: full ? "pool_full" : code,
    message: `${what}: ${stderr || failure.shortMessage || failure.message}`,
    cause: error,
  });
}

const debianPackages: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "Debian package qemu-system-x86",
  "qemu-system-aarch64": "Debian package qemu-system-arm",
  "qemu-img": "Debian package qemu-utils",
  dnsmasq: "Debian package dnsmasq-base",
  nft: "Debian package nftables",
  ip: "Debian package iproute2",
  tc: "Debian package iproute2",
  mksquashfs: "Debian package squashfs-tools",
  unsquashfs: "Debian package squashfs-tools",
  mkfs: "Debian package e2fsprogs",
  mke2fs: "Debian package e2fsprogs",
  debugfs: "Debian package e2fsprogs",
  "mkfs.vfat": "Debian package dosfstools",
  mcopy: "Debian package mtools",
  mmd: "Debian package mtools",
  gpgv: "Debian package gpgv",
  xz: "Debian package xz-utils",
  sfdisk: "Debian package fdisk",
  btrfs: "Debian package btrfs-progs",
  "mkfs.btrfs": "Debian package btrfs-progs",
  fallocate: "Debian package util-linux",
  unshare: "Debian package util-linux",
  nsenter: "Debian package util-linux",
  setpriv: "Debian package util-linux",
};
