/** Disks that `lodge image export` saves boot on a bare QEMU, with no Lodge: to a login on the serial line and on the screen. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePng, sameScreen } from "@lodge/sdk/picture";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareMachine, BareQemu } from "../harness/bare-qemu.ts";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { reportScreen } from "../harness/screen-report.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";

const scratch = mkdtempSync(join(tmpdir(), "lodge-exported-"));
let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge();
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await lodge.stop();
});

const patience = 300_000;
const moment = () => new Promise((resolve) => setTimeout(resolve, 1500));

/** What the firmware shows that finds nothing to boot, once it stays as it is. */
async function screenWithoutDisk(firmware: BareMachine["firmware"]): Promise<Buffer> {
  await using machine = await BareQemu.start({ firmware });
  const dark = decodePng(await machine.screenshot());
  return await until("the firmware gives up", 120_000, async () => {
    const one = decodePng(await machine.screenshot());
    await moment();
    const other = await machine.screenshot();
    return !sameScreen(one, dark) && sameScreen(one, decodePng(other)) ? other : undefined;
  });
}

describe.each([
  { alias: "debian/11", release: "11", firmware: "bios" },
  { alias: "debian/13", release: "13", firmware: "uefi" },
] as const)("$alias, exported, by $firmware", ({ alias, release, firmware }) => {
  test("boots to a login that answers", async () => {
    await importCachedImage(lodge.client, alias, { type: "virtual-machine" });
    const directory = join(scratch, release);
    await lodge.must("image", "export", alias, directory, "--vm");
    const disk = join(directory, readdirSync(directory).find((name) => name.endsWith(".qcow2")) ?? "");
    await using machine = await BareQemu.start({ disk, firmware });
    const [without] = await Promise.all([
      screenWithoutDisk(firmware),
      until("a login on the serial line", patience, () => machine.serial.includes(" login: ")),
    ]);
    expect(machine.serial).toContain(`Debian GNU/Linux ${release} `);
    // The getty of the screen starts beside that of the serial line, and asks for a password.
    const shown = await until("a login on the screen", 60_000, async () => {
      const before = decodePng(await machine.screenshot());
      await machine.press("r", "o", "o", "t", "ret");
      await moment();
      const after = await machine.screenshot();
      return sameScreen(before, decodePng(after)) ? undefined : after;
    });
    const name = `exported-debian-${release}-${firmware}`;
    const title = `Debian ${release}, exported by Lodge, on a bare QEMU (${firmware.toUpperCase()})`;
    await reportScreen({ name, title, shown, without });
    expect(sameScreen(decodePng(shown), decodePng(without))).toBe(false);
  });
});
