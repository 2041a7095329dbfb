import { fakeInstance, fakeSnapshot } from "@lodge/sdk/testing";
import { expect, test } from "vitest";
import { noPaint } from "../terminal/colour.ts";
import { fitInstanceTable, instanceHeadings, instanceTable } from "./instance-table.ts";
import { renderTable, tableWidth } from "./table.ts";

const instances = [
  fakeInstance({ name: "db", type: "virtual-machine", ipv4: "10.77.3.15" }),
  fakeInstance({ name: "old", status: "Stopped" }),
  fakeInstance({ name: "web" }),
];

const rendered = (columns: number) => {
  const table = fitInstanceTable(instanceTable(instances), columns, tableWidth);
  return `\n${renderTable(table.headings, table.rows, noPaint)}\n`;
};

test("120 columns", () => {
  expect(rendered(120)).toMatchInlineSnapshot(`
    "
    NAME  STATE    IPV4               IPV6                                           TYPE             SNAPSHOTS
    db    RUNNING  10.77.3.15 (eth0)  fd42:8a1c:22f1:9b01:216:3eff:fe3a:9f10 (eth0)  VIRTUAL-MACHINE  0
    old   STOPPED                                                                    CONTAINER        0
    web   RUNNING  10.77.3.14 (eth0)  fd42:8a1c:22f1:9b01:216:3eff:fe3a:9f10 (eth0)  CONTAINER        0
    "
  `);
});

test("80 columns", () => {
  expect(rendered(80)).toMatchInlineSnapshot(`
    "
    NAME  STATE    IPV4               IPV6                       TYPE
    db    RUNNING  10.77.3.15 (eth0)  fd42:8a1c:22f1:9b01:       VIRTUAL-MACHINE
                                      216:3eff:fe3a:9f10 (eth0)
    old   STOPPED                                                CONTAINER
    web   RUNNING  10.77.3.14 (eth0)  fd42:8a1c:22f1:9b01:       CONTAINER
                                      216:3eff:fe3a:9f10 (eth0)
    "
  `);
});

test("snapshots are shown when there are some, however narrow", () => {
  const [instance] = instances;
  const whole = instanceTable(instance ? [{ ...instance, snapshots: [fakeSnapshot("snap0")] }] : []);
  expect(fitInstanceTable(whole, 40, tableWidth).headings).toEqual(instanceHeadings);
});

test("what the governor froze is told from what was paused", () => {
  const [paused, frozen] = ["paused", "frozen"].map((name) => fakeInstance({ name, status: "Frozen" }));
  if (frozen) frozen.config["volatile.governor.frozen"] = "2026-01-02T03:04:05.000Z";
  const whole = instanceTable([paused, frozen].filter((each) => each !== undefined));
  expect(whole.rows.map((row) => row[1])).toEqual(["FROZEN", "FROZEN (GOVERNOR)"]);
});

test("only global addresses", () => {
  expect(instanceTable([fakeInstance({ name: "web", ipv6: "" })]).rows).toEqual([
    ["web", "RUNNING", "10.77.3.14 (eth0)", "", "CONTAINER", "0"],
  ]);
});

test("a lifetime has a column, also where snapshots have none", () => {
  const mortal = fakeInstance({ name: "try" });
  mortal.expanded_config["ttl"] = "1h";
  mortal.config["volatile.ttl.deadline"] = new Date(2026, 0, 2, 3, 4).toISOString();
  const whole = instanceTable([mortal, fakeInstance({ name: "web" })]);
  expect(whole.headings.at(-1)).toBe("EXPIRES");
  expect(whole.rows.map((row) => row.at(-1))).toEqual(["2026-01-02 03:04", ""]);
  expect(fitInstanceTable(whole, 100, tableWidth).headings).toEqual([...instanceHeadings.slice(0, -1), "EXPIRES"]);
});
