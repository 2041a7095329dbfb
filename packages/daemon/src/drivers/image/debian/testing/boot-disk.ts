/** Boots a built disk on a bare QEMU, as any other manager would. */
import { copyFile, mkdtemp } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { z } from "zod";
import { run } from "../../../../system/run.ts";

export type Firmware = "bios" | "uefi";

export interface BootedDisk {
  /** The first line that the guest's sshd sends over its port. */
  readonly greeting: string;
  readonly agent: string;
  /** Offsets that the guest wrote to, in bytes, from power on to power off. */
  readonly written: readonly number[];
}

const ovmf = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const ovmfVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";
/** Emulated, beside others: minutes are not unusual. */
const bound = 300_000;

/** Boots, waits until sshd and the guest agent answer, shuts down by the agent. */
export async function bootDisk(disk: string, firmware: Firmware, directory: string): Promise<BootedDisk> {
  const scratch = await mkdtemp(join(directory, `${firmware}-`));
  const overlay = join(scratch, "overlay.qcow2");
  await run("qemu-img", ["create", "-f", "qcow2", "-F", "qcow2", "-b", disk, overlay]);
  const variables = join(scratch, "variables.fd");
  if (firmware === "uefi") await copyFile(ovmfVariables, variables);
  const qemu = execa("qemu-system-x86_64", qemuArguments(overlay, firmware, scratch, variables), { timeout: bound });
  qemu.catch(() => {});
  try {
    const greeting = await firstLine(join(scratch, "ssh"), "");
    const agent = await firstLine(join(scratch, "agent"), '{"execute":"guest-ping"}\n');
    await firstLine(join(scratch, "agent"), '{"execute":"guest-shutdown"}\n', qemu);
    await qemu;
    return { greeting, agent, written: await writtenOffsets(overlay) };
  } finally {
    qemu.kill("SIGKILL");
    await qemu.catch(() => {});
  }
}

function qemuArguments(overlay: string, firmware: Firmware, scratch: string, variables: string): string[] {
  const port = (name: string, id: string) => [
    ...["-chardev", `socket,id=${id},path=${join(scratch, id)},server=on,wait=off`],
    ...["-device", `virtserialport,chardev=${id},name=${name}`],
  ];
  const flash = [
    ...["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${ovmf}`],
    ...["-drive", `if=pflash,unit=1,format=raw,file=${variables}`],
  ];
  return [
    ...["-nodefaults", "-machine", "q35", "-accel", "tcg", "-m", "512", "-display", "none", "-vga", "std"],
    ...["-drive", `file=${overlay},if=virtio,format=qcow2`, "-device", "virtio-serial-pci"],
    ...port("org.lodge.ssh.0", "ssh"),
    ...port("org.qemu.guest_agent.0", "agent"),
    ...(firmware === "uefi" ? flash : []),
  ];
}

/** Connects as soon as QEMU listens, sends, and returns the first line that comes, or nothing once QEMU has ended. */
async function firstLine(path: string, sent: string, ended?: PromiseLike<unknown>): Promise<string> {
  const socket = await connected(path);
  try {
    socket.write(sent);
    const line = readLine(socket);
    // Awaited here: the socket closes on return.
    return await (ended ? Promise.race([line, ended.then(() => "")]) : line);
  } finally {
    socket.on("error", () => {}).destroy();
  }
}

async function readLine(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    text += chunk;
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end).trim();
  }
  return text;
}

async function connected(path: string): Promise<Socket> {
  for (const deadline = Date.now() + bound; ; await pause(50)) {
    const socket = connect(path);
    const failure = await new Promise<Error | undefined>((resolve) => {
      socket.once("connect", () => resolve(undefined)).once("error", resolve);
    });
    if (!failure) return socket;
    if (Date.now() > deadline) throw failure;
  }
}

const mapSchema = z.array(z.object({ start: z.number(), depth: z.number(), data: z.boolean(), zero: z.boolean() }));

async function writtenOffsets(overlay: string): Promise<number[]> {
  const map = mapSchema.parse(JSON.parse(await run("qemu-img", ["map", "--output=json", overlay])));
  return map.filter(({ depth, data, zero }) => depth === 0 && (data || zero)).map(({ start }) => start);
}
