import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findGpuNodes, findUsbNodes } from "./host-devices.ts";

const sys = mkdtempSync(join(tmpdir(), "lodge-sys-"));
afterAll(() => rmSync(sys, { recursive: true }));

function files(directory: string, content: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(dirname(join(sys, directory, name)), { recursive: true });
    writeFileSync(join(sys, directory, name), `${text}\n`);
  }
}

const hub = { busnum: "1", devnum: "1", idVendor: "1d6b", idProduct: "0002", dev: "189:0" };
files("bus/usb/devices/usb1", hub);
files("bus/usb/devices/1-2", { ...hub, devnum: "12", idVendor: "0bda", serial: "A1", dev: "189:11" });
files("bus/usb/devices/1-2:1.0", { bInterfaceClass: "08" });

/** Two cards, the first with a render node, each node with a link to its device. */
files("devices/0000:00:02.0", { vendor: "0x8086", device: "0x9a49" });
files("devices/0000:01:00.0", { vendor: "0x10de", device: "0x2184" });
for (const [name, dev, device] of [
  ["card0", "226:0", "0000:00:02.0"],
  ["renderD128", "226:128", "0000:00:02.0"],
  ["card1", "226:1", "0000:01:00.0"],
  ["card1-HDMI-A-1", "", "0000:01:00.0"],
] as const) {
  files(`class/drm/${name}`, { dev });
  symlinkSync(`../../../devices/${device}`, join(sys, "class/drm", name, "device"));
}

describe("USB devices", () => {
  it.each([
    [{}, ["/dev/bus/usb/001/001", "/dev/bus/usb/001/012"]],
    [{ vendor: "0bda" }, ["/dev/bus/usb/001/012"]],
    [{ vendor: "1d6b", product: "0003" }, []],
    [{ bus: 1, device: 12 }, ["/dev/bus/usb/001/012"]],
    [{ serial: "A1" }, ["/dev/bus/usb/001/012"]],
    [{ serial: "A2" }, []],
  ])("with %j are %j", async (wanted, paths) => {
    expect((await findUsbNodes(wanted, sys)).map(({ path }) => path)).toEqual(paths);
  });
  it("have the numbers that the kernel says", async () => {
    expect(await findUsbNodes({ device: 12 }, sys)).toMatchObject([{ type: "c", major: 189, minor: 11 }]);
  });
  it("are none where there is no USB", async () => expect(await findUsbNodes({}, join(sys, "nowhere"))).toEqual([]));
});

describe("graphics cards", () => {
  const first = ["/dev/dri/card0", "/dev/dri/renderD128"];
  it.each([
    [{}, ["/dev/dri/card0", "/dev/dri/card1", "/dev/dri/renderD128"]],
    [{ card: 0 }, first],
    [{ pci: "0000:00:02.0" }, first],
    [{ vendor: "8086", product: "9a49" }, first],
    [{ vendor: "8086", card: 1 }, []],
  ])("with %j have the nodes %j", async (wanted, paths) => {
    expect((await findGpuNodes(wanted, sys)).map(({ path }) => path)).toEqual(paths);
  });
});
