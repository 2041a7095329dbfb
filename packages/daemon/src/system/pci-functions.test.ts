import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPciFunctions } from "./pci-functions.ts";

const sys = mkdtempSync(join(tmpdir(), "lodge-sys-"));
afterAll(() => rmSync(sys, { recursive: true }));

function addFunction(address: string, code: string, links: Readonly<Record<string, string>> = {}): void {
  const directory = join(sys, "bus/pci/devices", address);
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries({ class: code, vendor: "0x10de", device: "0x2184" })) {
    writeFileSync(join(directory, name), `${text}\n`);
  }
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(directory, name));
}

addFunction("0000:01:00.0", "0x030000", { driver: "../../drivers/nouveau", iommu_group: "../groups/14" });
mkdirSync(join(sys, "bus/pci/devices/0000:01:00.0/drm/card2"), { recursive: true });
addFunction("0000:00:00.0", "0x060000");

test("functions are read as the kernel tells them", async () => {
  const numbers = { vendor: "10de", product: "2184" };
  expect(await readPciFunctions(sys)).toEqual([
    { address: "0000:00:00.0", class: 0x060000, ...numbers },
    { address: "0000:01:00.0", class: 0x030000, ...numbers, driver: "nouveau", group: "14", card: 2 },
  ]);
});

test("there are none without PCI", async () => expect(await readPciFunctions(join(sys, "nowhere"))).toEqual([]));
