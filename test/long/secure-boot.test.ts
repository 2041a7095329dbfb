/** A machine with UEFI's Secure Boot and a TPM: its firmware alone takes an emulated processor half a minute. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";

let lodge: Lodge;
beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  await lodge.must("init", "tiny", "m", "--vm", "-c", "limits.memory=256MiB");
  await lodge.must("device", "add", "m", "tpm", "tpm");
  await lodge.must("start", "m");
  await lodge.must("wait", "m");
});
afterAll(() => lodge.stop());

const guest = (script: string) => lodge.must("exec", "m", "--", "sh", "-c", script);

test("UEFI with Secure Boot starts the same disk, and the TPM is there", async () => {
  await lodge.must("stop", "m");
  await lodge.must("config", "set", "m", "security.secureboot=true");
  await lodge.must("start", "m");
  await lodge.must("wait", "m", "--timeout", "300");
  expect(await guest("test -d /sys/firmware/efi && cat /sys/class/tpm/tpm0/tpm_version_major")).toBe("2");
  expect(await guest("dmesg")).toMatch(/[Ss]ecure ?boot.*enabled/);
  const page = await lodge.must("info", "m");
  expect(page).toContain("UEFI, Secure Boot on");
  expect(page).toMatch(/CPU model: +max, as of QEMU/);
  expect(page).toContain("2.0 (swtpm)");
});
