import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageLimits, type DeviceLimits } from "./cgroup-io.ts";
import { parseThrottle, throttleLines } from "./cgroup-io-v1.ts";
import { ioMaxLines, parseIoMax } from "./cgroup-io-v2.ts";

describe("several disks on one device", () => {
  it("share the mean of the limits that they have", () => {
    const all: DeviceLimits[] = [
      { device: "254:0", readBytes: 10, writeOperations: 7 },
      { device: "254:0", readBytes: 20 },
      { device: "254:0" },
      { device: "7:3", writeBytes: 5 },
    ];
    expect(averageLimits(all)).toEqual([
      { device: "254:0", readBytes: 15, writeOperations: 7 },
      { device: "7:3", writeBytes: 5 },
    ]);
  });
});

describe("on v1", () => {
  it("a file has a line for each device", () => {
    expect(parseThrottle("254:0 1048576\n7:3 5\n")).toEqual(
      new Map([
        ["254:0", 1_048_576],
        ["7:3", 5],
      ]),
    );
    expect(parseThrottle("")).toEqual(new Map());
  });

  it.each<[string, [string, number][], [string, number | undefined][], string[]]>([
    ["nothing for what is so already", [["254:0", 5]], [["254:0", 5]], []],
    ["a new one", [], [["254:0", 5]], ["254:0 5"]],
    ["another one", [["254:0", 5]], [["254:0", 6]], ["254:0 6"]],
    ["zero for what goes", [["254:0", 5]], [["7:3", 6]], ["254:0 0", "7:3 6"]],
    ["nothing for a device without this limit", [], [["254:0", undefined]], []],
  ])("is written %s", (_what, now, wanted, lines) => {
    expect(throttleLines(new Map(now), new Map(wanted))).toEqual(lines);
  });
});

describe("on v2", () => {
  const limit = fc.option(fc.integer({ min: 1, max: 2 ** 40 }), { nil: undefined });
  const limits = fc
    .uniqueArray(fc.constantFrom("254:0", "7:3", "8:16"))
    .chain((devices) =>
      fc.tuple(...devices.map((device) => fc.record({ device: fc.constant(device), r: limit, w: limit }))),
    )
    .map((all) =>
      all.flatMap(({ device, r, w }): DeviceLimits[] =>
        r || w ? [{ device, ...(r && { readBytes: r }), ...(w && { writeOperations: w }) }] : [],
      ),
    );

  it("what is written is what is read", () => {
    fc.assert(
      fc.property(limits, limits, (now, wanted) => {
        // The kernel keeps the last line of each device, and shows none that has no limit.
        const kept = new Map(now.map((each) => [each.device, ioMaxLines([], [each])[0] ?? ""]));
        for (const line of ioMaxLines(now, wanted)) kept.set(line.split(" ")[0] ?? "", line);
        const byDevice = (a: DeviceLimits, b: DeviceLimits) => (a.device < b.device ? -1 : 1);
        expect(parseIoMax([...kept.values()].join("\n")).sort(byDevice)).toEqual([...wanted].sort(byDevice));
        expect(ioMaxLines(wanted, wanted)).toEqual([]);
      }),
    );
  });

  it("is the kernel's form", () => {
    expect(ioMaxLines([], [{ device: "254:0", readBytes: 5, writeOperations: 6 }])).toEqual([
      "254:0 rbps=5 wbps=max riops=max wiops=6",
    ]);
    expect(ioMaxLines([{ device: "254:0", readBytes: 5 }], [])).toEqual([
      "254:0 rbps=max wbps=max riops=max wiops=max",
    ]);
  });
});
