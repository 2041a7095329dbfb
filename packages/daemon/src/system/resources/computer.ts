import { join } from "node:path";
import type { ResourceSystem } from "@lodge/api";
import { readText } from "../sys-files.ts";

/** What the firmware says of the computer (DMI). */
export async function readComputer(sys = "/sys", proc = "/proc"): Promise<ResourceSystem> {
  const dmi = (file: string) => readText(join(sys, "class/dmi/id", file));
  const [uuid, vendor, product, family, version, sku, serial] = (await Promise.all(
    ["uuid", "", "name", "family", "version", "sku", "serial"].map((what) =>
      dmi(what ? `product_${what}` : "sys_vendor"),
    ),
  )) as [string, string, string, string, string, string, string];
  const flags = await readText(join(proc, "cpuinfo"));
  // Hypervisors show themselves to their guests by this bit.
  const type = /^flags\s*:.*\bhypervisor\b/m.test(flags) ? "virtual-machine" : "physical";
  return { uuid, vendor, product, family, version, sku, serial, type };
}
