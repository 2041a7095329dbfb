import type { Config } from "@lodge/api";
import { describe, expect, it } from "vitest";
import { deadlineOf, isExpired, lacksDeadline, requireTimeLeft, withLifetime } from "./lifetime.ts";

const now = new Date("2026-01-02T03:00:00Z");
const later = new Date("2026-01-02T03:30:00Z");
const expanded = (own: Config, profile: Config = {}): Config => ({ ...profile, ...own });
const made = (ttl: string, at = now) => withLifetime({ ttl }, { ttl }, at);

describe("the end of an instance's time", () => {
  it.each([
    ["90s", "2026-01-02T03:01:30.000Z"],
    ["1h", "2026-01-02T04:00:00.000Z"],
    ["1d2h", "2026-01-03T05:00:00.000Z"],
  ])("with ttl=%s is %s", (ttl, end) => expect(deadlineOf(made(ttl))?.toISOString()).toBe(end));

  it("stays while the ttl stays", () => {
    const own = made("1h");
    expect(withLifetime({ ...own, "limits.cpu": "2" }, expanded(own), later)).toEqual({ ...own, "limits.cpu": "2" });
  });

  it("is counted anew when the ttl changes", () => {
    const own = { ...made("1h"), ttl: "2h" };
    expect(deadlineOf(expanded(own))).toBeUndefined();
    expect(lacksDeadline(own)).toBe(true);
    expect(deadlineOf(withLifetime(own, own, later))?.toISOString()).toBe("2026-01-02T05:30:00.000Z");
  });

  it("comes from a profile, too, and goes with it", () => {
    const own = withLifetime({}, { ttl: "1h" }, now);
    expect(deadlineOf(expanded(own, { ttl: "1h" }))?.toISOString()).toBe("2026-01-02T04:00:00.000Z");
    expect(withLifetime(own, {}, later)).toEqual({});
  });

  it("is none without a ttl", () => {
    expect([deadlineOf({}), isExpired({}, later), lacksDeadline({})]).toEqual([undefined, false, false]);
  });

  it("is reached at its instant", () => {
    const own = made("30m");
    expect([isExpired(own, new Date(later.getTime() - 1)), isExpired(own, later)]).toEqual([false, true]);
    expect(() => requireTimeLeft("web", own, now)).not.toThrow();
    expect(() => requireTimeLeft("web", own, later)).toThrow(/"web" is up since 2026-01-02T03:30:00.000Z; .*ttl=2h/);
  });
});
