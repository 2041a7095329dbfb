import { describe, expect, it } from "vitest";
import { fstab, grubConfig, grubDefaults, kernelCmdline } from "./boot-config.ts";
import { newestKernel } from "./kernel-files.ts";

const identity = { rootUuid: "1111-r", bootUuid: "2222-b", espId: "AB12-CD34" };
const settings = { title: "Debian 12", timeout: 1, cmdline: "quiet", serial: "ttyS0" };

describe("the boot configuration", () => {
  it("shows the boot on screen and serial line", () => {
    expect(kernelCmdline(identity, settings)).toBe(
      "root=UUID=1111-r ro console=tty0 console=ttyS0,115200 no_timer_check quiet",
    );
  });

  it("has one entry in update-grub's form", () => {
    const config = grubConfig(identity, { version: "6.1", kernel: "vmlinuz-6.1", initrd: "initrd.img-6.1" }, settings);
    expect(config).toContain("\n\tsearch --no-floppy --fs-uuid --set=root 2222-b\n");
    expect(config).toContain(
      "\n\tlinux\t/vmlinuz-6.1 root=UUID=1111-r ro console=tty0 console=ttyS0,115200 no_timer_check quiet\n",
    );
    expect(config).toContain("\n\tinitrd\t/initrd.img-6.1\n");
    expect(config).toContain("set timeout=1\n");
  });

  it("gives update-grub in the guest the same settings", () => {
    expect(grubDefaults(settings)).toContain('GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200 no_timer_check"');
  });

  it("leaves the boot partitions unmounted until they are used", () => {
    const lines = fstab(identity)
      .split("\n")
      .filter((line) => line.includes("/boot"));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toContain("noauto");
  });
});

describe("newestKernel", () => {
  it.each([
    [["vmlinuz-6.1.0-9-a", "initrd.img-6.1.0-9-a", "vmlinuz-6.1.0-50-a", "initrd.img-6.1.0-50-a"], "6.1.0-50-a"],
    [["vmlinuz-6.1.0-9-a", "initrd.img-6.1.0-9-a", "vmlinuz-6.1.0-50-a"], "6.1.0-9-a"],
    [["config-6.1", "grub"], undefined],
  ])("of %j is %s", (names, version) => expect(newestKernel(names)?.version).toBe(version));
});
