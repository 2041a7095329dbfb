/** Systems that were never made for Lodge, from their ISOs, driven by screen and keyboard alone. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type GuestMedium, guestMedium } from "../harness/guest-media.ts";
import type { Lodge } from "../harness/lodge.ts";
import { reportScreen } from "../harness/screen-report.ts";
import { startLodge } from "../harness/start-lodge.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-foreign-"));
let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge();
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

/** More than a few words. */
const visible = 0.02;

async function screenshot(machine: string): Promise<Buffer> {
  const file = join(scratch, "screen.png");
  await lodge.must("screenshot", machine, file);
  return readFileSync(file);
}

/** Waits for a text and takes the screen. */
async function seen(machine: string, text: string): Promise<Buffer> {
  await lodge.must("screen", "wait", machine, "--text", text, "--timeout", "240");
  return screenshot(machine);
}

describe("a machine with BIOS", () => {
  let without: Buffer;
  beforeAll(async () => {
    const size = ["-c", "limits.memory=1GiB", "-c", "limits.cpu=1"];
    await lodge.must("init", "--empty", "old", "--vm", "--no-nic", "-c", "security.csm=true", ...size);
    await lodge.must("start", "old");
    without = await seen("old", "No bootable device");
  });

  async function insert(medium: GuestMedium): Promise<void> {
    const iso = await guestMedium(medium);
    await lodge.must("stop", "--force", "old");
    const { value } = await lodge.client.instances.getTagged("old");
    if (value.devices["iso"]) await lodge.must("device", "set", "old", "iso", `source=${iso}`);
    else await lodge.must("device", "add", "old", "iso", "disk", `source=${iso}`, "boot.priority=10");
    await lodge.must("start", "old");
  }

  const report = (name: string, title: string, shown: Buffer) => reportScreen({ name, title, shown, without });

  test("GRUB's rescue disc shows its menu and obeys its command line", async () => {
    await insert("grub-rescue");
    const menu = await seen("old", "GNU GRUB version");
    expect(await report("grub-menu", "GRUB's rescue ISO, its menu", menu)).toBeGreaterThan(visible);
    await lodge.must("keys", "old", "c");
    await lodge.must("screen", "wait", "old", "--text", "/^grub/");
    await lodge.must("keys", "old", "echo Typed by $feature_menuentry_id, says Lodge<enter>");
    const answered = await seen("old", "Typed by y, says Lodge");
    expect(await report("grub-typed", "GRUB's rescue ISO, answering what was typed", answered)).toBeGreaterThan(
      visible,
    );
  });

  test("memtest86+ tests the memory and shows its settings when asked", async () => {
    await insert("memtest86+");
    await seen("old", "Press <F1> to configure");
    await lodge.must("keys", "old", "<f1>");
    const settings = await seen("old", "Error reporting mode");
    expect(await report("memtest86-bios", "memtest86+ by BIOS, its settings by F1", settings)).toBeGreaterThan(visible);
  });

  test("Debian's installer asks for the language and goes on with the answer", async () => {
    await insert("debian-installer");
    const menu = await seen("old", "Debian GNU/Linux installer menu");
    expect(await report("debian-1-menu", "Debian's network installer, its menu", menu)).toBeGreaterThan(visible);
    await lodge.must("keys", "old", "<enter>");
    const question = await seen("old", "Choose the language to be used");
    expect(await report("debian-2-language", "Debian's installer, its first question", question)).toBeGreaterThan(
      visible,
    );
    // From English to German.
    await lodge.must("keys", "old", "<down*7><enter>");
    const next = await seen("old", "Land oder Gebiet");
    expect(await report("debian-3-answered", "Debian's installer, going on in German", next)).toBeGreaterThan(visible);
  });
});

test("memtest86+ starts by UEFI, from a machine that was launched with its ISO", async () => {
  const iso = await guestMedium("memtest86+");
  const options = ["-c", "limits.memory=512MiB", "-c", "limits.cpu=1", "-c", "security.secureboot=false"];
  await lodge.must("launch", iso, "new", "--vm", "--no-nic", ...options);
  const shown = await seen("new", "Press <F1> to configure");
  await lodge.must("stop", "--force", "new");
  await lodge.must("device", "remove", "new", "iso");
  await lodge.must("start", "new");
  const without = await seen("new", "UEFI Interactive Shell");
  const name = "memtest86-uefi";
  const title = "memtest86+ by UEFI";
  expect(await reportScreen({ name, title, shown, without })).toBeGreaterThan(visible);
});
