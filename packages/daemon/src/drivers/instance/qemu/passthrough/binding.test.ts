import { expect, test } from "vitest";
import { FakeSysfs } from "../testing/fake-sysfs.ts";
import { bindToVfio, formerBinding, giveBack } from "./binding.ts";

const nic = "0000:02:00.0";
const bare = "0000:03:00.0";

test("a function goes to vfio-pci and back to its driver", async () => {
  using sysfs = new FakeSysfs({ [nic]: { driver: "igb" } });
  const former = await formerBinding(nic, sysfs);
  expect(former).toEqual({ address: nic, driver: "igb" });
  await bindToVfio(former, sysfs);
  expect([sysfs.driver(nic), sysfs.override(nic)]).toEqual(["vfio-pci", "vfio-pci"]);
  await giveBack(former, sysfs);
  expect([sysfs.driver(nic), sysfs.override(nic)]).toEqual(["igb", "(null)"]);
  await giveBack(former, sysfs);
  expect(sysfs.driver(nic)).toBe("igb");
});

test("one without a driver is without one afterwards", async () => {
  using sysfs = new FakeSysfs({ [bare]: {} });
  const former = await formerBinding(bare, sysfs);
  await bindToVfio(former, sysfs);
  expect(sysfs.driver(bare)).toBe("vfio-pci");
  await giveBack(former, sysfs);
  expect([sysfs.driver(bare), sysfs.override(bare)]).toEqual([undefined, "(null)"]);
});

test("what vfio-pci had before stays its own", async () => {
  using sysfs = new FakeSysfs({ [nic]: { driver: "vfio-pci" } });
  const former = await formerBinding(nic, sysfs);
  sysfs.refused.add("/bus/pci/drivers_probe");
  await bindToVfio(former, sysfs);
  await giveBack(former, sysfs);
  expect(sysfs.driver(nic)).toBe("vfio-pci");
});

test("it is given back from every step at which taking it was cut off", async () => {
  for (const refused of ["driver_override", "driver/unbind"].map((file) => `/bus/pci/devices/${nic}/${file}`)) {
    using sysfs = new FakeSysfs({ [nic]: { driver: "igb" } });
    const former = await formerBinding(nic, sysfs);
    sysfs.refused.add(refused);
    await expect(bindToVfio(former, sysfs)).rejects.toThrow("EIO");
    sysfs.refused.clear();
    await giveBack(former, sysfs);
    expect([sysfs.driver(nic), sysfs.override(nic)]).toEqual(["igb", "(null)"]);
  }
  using sysfs = new FakeSysfs({ [nic]: { driver: "igb" } });
  const former = await formerBinding(nic, sysfs);
  sysfs.refused.add("/bus/pci/drivers_probe");
  await expect(bindToVfio(former, sysfs)).rejects.toThrow("EIO");
  expect(sysfs.driver(nic)).toBeUndefined();
  sysfs.refused.clear();
  await giveBack(former, sysfs);
  expect(sysfs.driver(nic)).toBe("igb");
});

test("a kernel that gives it to another driver is not believed", async () => {
  using sysfs = new FakeSysfs({ [nic]: { driver: "igb" } });
  const deaf = {
    path: sysfs.path,
    write: async (path: string, text: string) =>
      path.endsWith("/driver_override") ? undefined : sysfs.write(path, text),
  };
  await expect(bindToVfio(await formerBinding(nic, sysfs), deaf)).rejects.toThrow(/gave 0000:02:00.0 to igb/);
});
