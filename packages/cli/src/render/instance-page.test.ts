import { fakeInstance, fakeSnapshot } from "@lodge/sdk/testing";
import { expect, test } from "vitest";
import { instancePage } from "./instance-page.ts";

const now = new Date("2026-01-02T05:34:06Z");

test("a virtual machine", () => {
  const page = instancePage(fakeInstance({ name: "db", type: "virtual-machine", ready: false }), now);
  expect(`\n${page.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "DATE")}\n`).toMatchInlineSnapshot(`
    "
    Name:         db
    Type:         virtual-machine
    Architecture: x86_64
    Image:        Debian 12 (bookworm) (0123456789ab)
    State:        Running, not ready yet
    Started:      DATE (2h 30m ago)
    PID:          4242
    Addresses:    10.77.3.14 (eth0)
                  fd42:8a1c:22f1:9b01:216:3eff:fe3a:9f10 (eth0)
    Memory:       48.0 MiB of 1.0 GiB
    CPU:          1.5 s used
    Accelerator:  tcg
    Machine:      pc-q35-7.2
    Firmware:     BIOS
    CPU model:    max
    Boot:         the disk's kernel, loaded directly
    Profiles:     default
    Autostart:    with the host, if it ran before
    Created:      DATE
    "
  `);
});

test("what holds its memory", () => {
  const kept = { ...fakeInstance({ name: "db", type: "virtual-machine", status: "Stopped" }), stateful: true };
  kept.snapshots.push(fakeSnapshot("warm", { stateful: true }));
  const page = instancePage(kept, now);
  expect(page).toMatch(/^State: +Stopped, with its memory$/m);
  expect(page).toMatch(/^Snapshots: +warm \(.*, with memory, .*\)$/m);
});

test.each([
  ["template", "as a fork of a template"],
  ["boot: there was no template", "by a boot (there was no template)"],
])("how it began: %s", (note, shown) => {
  const instance = fakeInstance({ name: "db", type: "virtual-machine" });
  instance.config = { ...instance.config, "volatile.begun": note };
  expect(instancePage(instance, now).split("\n")).toContain(`Began:        ${shown}`);
});

test("a stopped container", () => {
  const page = instancePage(fakeInstance({ name: "old", status: "Stopped" }), now);
  expect(`\n${page.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "DATE")}\n`).toMatchInlineSnapshot(`
    "
    Name:         old
    Type:         container
    Architecture: x86_64
    Image:        Debian 12 (bookworm) (0123456789ab)
    State:        Stopped
    Profiles:     default
    Autostart:    with the host, if it ran before
    Created:      DATE
    "
  `);
});

test("how long it lives", () => {
  const mortal = fakeInstance({ name: "try" });
  mortal.expanded_config["ttl"] = "3h";
  mortal.config["volatile.ttl.deadline"] = "2026-01-02T06:00:00Z";
  expect(instancePage(mortal, now)).toMatch(/^Lifetime: +3h, until .* \(in 25m 54s\)$/m);
  expect(instancePage(mortal, new Date("2026-01-02T06:00:00Z"))).toMatch(/^Lifetime: .* \(over\)$/m);
});
