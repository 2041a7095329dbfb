import { describe, expect, it } from "vitest";
import { type HostState, hostState } from "./host-state.ts";

describe("the host's state", () => {
  it.each<[HostState, number, HostState]>([
    ["high", 50, "high"],
    ["high", 6, "high"],
    ["high", 5.9, "soft"],
    ["high", 3, "hard"],
    ["high", 1, "low"],
    ["high", -5, "low"],
    // Back only when a little more is free.
    ["soft", 6.5, "soft"],
    ["soft", 7, "high"],
    ["hard", 4.5, "hard"],
    ["hard", 5, "soft"],
    ["low", 2.5, "low"],
    ["low", 3, "hard"],
    ["low", 20, "high"],
  ])("after %s with %d %% free is %s", (before, percent, expected) => {
    expect(hostState(percent, 100, before)).toBe(expected);
  });

  it("of no budget at all is low", () => {
    expect(hostState(0, 0, "high")).toBe("low");
  });
});
