import { fakeInstance, fakeSnapshot } from "@lodge/sdk/testing";
import { expect, test } from "vitest";
import { noPaint } from "../terminal/colour.ts";
import { fitInstanceTable, instanceHeadings, instanceRows } from "./instance-table.ts";
import { renderTable, tableWidth } from "./table.ts";

const instances = [
  fakeInstance({ name: "db", type: "virtual-machine", ipv4: "10.77.3.15" }),
  fakeInstance({ name: "old", status: "Stopped" }),
  fakeInstance({ name: "web" }),
];

const rendered = (columns: number) => {
  const table = fitInstanceTable(instanceRows(instances), columns, tableWidth);
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
  const rows = instanceRows(instance ? [{ ...instance, snapshots: [fakeSnapshot("snap0")] }] : []);
  expect(fitInstanceTable(rows, 40, tableWidth).headings).toEqual(instanceHeadings);
});

test("only global addresses", () => {
  expect(instanceRows([fakeInstance({ name: "web", ipv6: "" })])).toEqual([
    ["web", "RUNNING", "10.77.3.14 (eth0)", "", "CONTAINER", "0"],
  ]);
});
