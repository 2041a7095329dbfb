import type { InstanceUsage, Usage } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { noPaint } from "../terminal/colour.ts";
import { findColumn, type TopColumn, usualColumns } from "./columns.ts";
import { frameLines, type TopView, tableLines } from "./frame.ts";
import { pressed, splitKeys, type TopState } from "./keys.ts";

const calm = { cpu: 0, memory: 0, io: null };
const instance = (name: string, more: Partial<InstanceUsage> = {}): InstanceUsage => ({
  ...{ name, project: "default", type: "container", status: "Running", cpu: 1, pressure: calm, processes: 5 },
  memory: { used: 2 ** 20, total: 2 ** 30, target: null, demand: null },
  ...{ disk: { read: 0, written: 0 }, network: { received: null, sent: 0 } },
  ...more,
});
const usage: Usage = {
  ...{ timestamp: "2026-01-02T03:04:05Z", interval: 2 },
  host: {
    cpu: 150,
    cpus: 2,
    load: 0.5,
    memory: { used: 3 * 2 ** 30, total: 2 ** 32, available: 2 ** 30 },
    pressure: calm,
  },
  instances: [
    instance("db", { cpu: 90.123, type: "virtual-machine", project: "shop" }),
    instance("web", { cpu: null, status: "Frozen" }),
    instance("cache", { cpu: 120, memory: { used: 2 ** 29, total: 2 ** 30, target: 2 ** 28, demand: 2 ** 27 } }),
  ],
};
const view = (more: Partial<TopView> = {}): TopView => ({
  ...{ filter: "", sort: "cpu", reverse: false, tree: false, columns: usualColumns(false), ...more },
});
const named = (...names: string[]) => names.map(findColumn).filter((each): each is TopColumn => each !== undefined);
const firsts = (lines: readonly string[]) => lines.slice(1).map((line) => line.trim().split(/\s+/)[0]);

describe("the table", () => {
  it("has the most first, numbers at the right, and a dash for what is not known", () => {
    const columns = named("name", "type", "cpu", "memory", "target", "received");
    expect(tableLines(usage, view({ columns }), noPaint)).toEqual([
      "NAME   TYPE    CPU%     MEM  TARGET  RECV/s",
      "cache  CT       120    512M    256M       -",
      "db     VM      90.1    1.0M       -       -",
      "web    CT         -    1.0M       -       -",
    ]);
  });

  it.each([
    ["name", false, "", ["cache", "db", "web"]],
    ["name", true, "", ["web", "db", "cache"]],
    ["memory", false, "", ["cache", "db", "web"]],
    ["cpu", false, "e", ["cache", "web"]],
    ["cpu", false, "type=container", ["cache", "web"]],
    ["cpu", false, "state=frozen", ["web"]],
    ["cpu", false, "project=shop", ["db"]],
  ])("sorted by %s (reversed: %s) of %j", (sort, reverse, filter, names) => {
    expect(firsts(tableLines(usage, view({ sort, reverse, filter }), noPaint))).toEqual(names);
  });

  it("goes by project, with what each uses together", () => {
    const lines = tableLines(usage, view({ tree: true, columns: named("name", "cpu", "processes") }), noPaint);
    expect(lines.map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "NAME CPU% PROCS",
      ...["default 120 10", " cache 120 5", " web - 5", "shop 90.1 5", " db 90.1 5"],
    ]);
  });

  it.each([40, 60, 80, 100, 140])("fits %d columns, with names, CPU and memory in any", (width) => {
    const lines = tableLines(usage, view(), noPaint, width);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(lines[0]).toMatch(/NAME.*CPU%.*MEM/);
  });
});

it.each([
  [80, 24],
  [140, 10],
  [30, 6],
])("a screen of %d by %d is filled and not more", (columns, rows) => {
  const instances = Array.from({ length: 40 }, (_, at) => instance(`web-${at}`));
  const lines = frameLines({ ...usage, instances }, { ...view(), offset: 5, footer: "q quit" }, noPaint, {
    columns,
    rows,
  });
  expect(lines).toHaveLength(rows);
  expect(lines.filter(({ length }) => length > columns)).toEqual([]);
  expect(lines.at(-1)).toContain("q quit");
});

it("shows no host to those who may not see it", () => {
  const lines = frameLines({ ...usage, host: null, instances: [] }, { ...view(), offset: 0, footer: "" }, noPaint, {
    ...{ columns: 80, rows: 12 },
  });
  expect(lines.join("\n")).toMatch(/^0 containers, 0 virtual machines[^|]*Nothing runs/s);
});

describe("keys", () => {
  const first: TopState = { ...view(), allProjects: false, refresh: 2, offset: 0, typing: false, ownColumns: false };
  const after = (...keys: string[]) =>
    keys.reduce<TopState | "quit">((state, key) => (state === "quit" ? state : pressed(state, key)), first);

  it.each([
    [["q"], "quit"],
    [["\x03"], "quit"],
    [["m"], { sort: "memory", reverse: false }],
    [["m", "m"], { sort: "memory", reverse: true }],
    [[">"], { sort: "memory" }],
    [["<"], { sort: "state" }],
    [["t"], { tree: true }],
    [["+"], { refresh: 3 }],
    [["-", "-"], { refresh: 1 }],
    [["\x1b[B", "\x1b[B", "\x1b[A"], { offset: 1 }],
    [["/", "w", "q", "\x7f", "\r", "\x1b[B"], { filter: "w", typing: false, offset: 1 }],
    [["/", "w", "\x1b"], { filter: "", typing: false }],
    [["/", "\x03"], "quit"],
  ])("%j", (keys, expected) => {
    const state = after(...keys);
    if (typeof expected === "string") expect(state).toBe(expected);
    else expect(state).toMatchObject(expected);
  });

  it("show the project where there may be several", () => {
    const state = after("p");
    expect(state !== "quit" && state.columns[0]?.name).toBe("project");
  });

  it("come together", () => expect(splitKeys("a\x1b[5~\x1bOAé")).toEqual(["a", "\x1b[5~", "\x1bOA", "é"]));
});
