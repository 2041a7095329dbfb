/** Disks that `lodge image export` saves boot on a bare QEMU, with no Lodge: to a login on the serial line and on the screen. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BareMachine, BareQemu } from "../harness/bare-qemu.ts";
import { importCachedImage } from "../harness/image-cache.ts";
import type { Lodge } from "../harness/lodge.ts";
import { difference, keepPicture, type Picture } from "../harness/picture.ts";
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

/** More than a cursor that blinks. */
const visible = 0.002;
/** More than that, too: a word. */
const typed = 0.0002;
const patience = 300_000;

/** What the firmware shows that finds nothing to boot, once it stays as it is. */
async function screenWithoutDisk(firmware: BareMachine["firmware"]): Promise<Picture> {
  await using machine = await BareQemu.start({ firmware });
  const blank = await machine.screen();
  return await until("the firmware gives up", 60_000, async () => {
    const one = await machine.screen();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const other = await machine.screen();
    return difference(one, blank) > 0 && difference(one, other) < visible ? other : undefined;
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
    // The getty of the screen starts beside that of the serial line.
    const login = await until("a login on the screen", 60_000, async () => {
      const now = await machine.screen();
      await machine.press("r", "o", "o", "t", "ret");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return difference(now, await machine.screen()) > typed ? now : undefined;
    });
    await keepPicture(`exported-debian-${release}-${firmware}`, await machine.picture());
    expect(difference(login, without)).toBeGreaterThan(visible);
  });
});
