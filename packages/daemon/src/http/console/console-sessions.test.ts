import type { Caller } from "@lodge/core";
import { beforeEach, describe, expect, it } from "vitest";
import { ConsoleSessions } from "./console-sessions.ts";

let now = 0;
let trusted: Record<string, Caller> = {};
let changes = 0;
const options = {
  certificates: {
    callerOf: (fingerprint: string): Caller => trusted[fingerprint] ?? { kind: "untrusted", fingerprint },
  },
  now: () => now,
  changed: () => {
    changes++;
  },
};
let sessions: ConsoleSessions;
beforeEach(() => {
  now = 1_000_000;
  changes = 0;
  trusted = { ab: { kind: "trusted", fingerprint: "ab", name: "laptop" } };
  sessions = new ConsoleSessions(options);
});

const minutes = (count: number) => count * 60_000;
const viewer = { role: "viewer", projects: ["default"] } as const;

describe("a link", () => {
  it("opens one session", () => {
    const { token } = sessions.issueLink({});
    const session = sessions.redeem(token);
    expect(sessions.find(session)?.caller).toEqual({ kind: "trusted", fingerprint: "", name: "console" });
    expect(() => sessions.redeem(token)).toThrow("has been used");
  });

  it("is good for ten minutes", () => {
    const { token } = sessions.issueLink({});
    now += minutes(10);
    expect(() => sessions.redeem(token)).toThrow("expired");
  });

  it("opens nothing when whoever made it is not trusted any more", () => {
    const { token } = sessions.issueLink({ fingerprint: "ab" });
    trusted = {};
    expect(() => sessions.redeem(token)).toThrow("console-url");
  });

  it("is one of a hundred: more of them take the place of the oldest", () => {
    const tokens = Array.from({ length: 101 }, () => sessions.issueLink({}).token);
    expect(() => sessions.redeem(tokens[0] ?? "")).toThrow();
    sessions.redeem(tokens[1] ?? "");
  });
});

describe("a session", () => {
  const open = (grant = {}) => sessions.redeem(sessions.issueLink(grant).token);

  it("needs both halves of its secret", () => {
    const [one, other] = [open(), open()];
    expect(sessions.find({ cookie: one.cookie, page: other.page })).toBeUndefined();
    expect(sessions.find({ cookie: one.page, page: one.cookie })).toBeUndefined();
    expect(sessions.find(one)).toBeDefined();
  });

  it("ends after twelve hours, by signing out, and with its certificate", () => {
    const [late, out, revoked] = [open(), open(), open({ fingerprint: "ab" })];
    sessions.end(out);
    expect(sessions.find(out)).toBeUndefined();
    trusted = {};
    expect(sessions.find(revoked)).toBeUndefined();
    sessions.recheck();
    expect(sessions.kept).toHaveLength(1);
    now += minutes(12 * 60);
    expect(sessions.find(late)).toBeUndefined();
    expect(sessions.kept).toEqual([]);
  });

  it.each([
    [{}, { kind: "restricted", role: "viewer", projects: ["default"] }],
    [{ fingerprint: "ab" }, { kind: "restricted", role: "viewer", projects: ["default"] }],
    [{ fingerprint: "op" }, { kind: "restricted", role: "viewer", projects: ["default"] }],
    [{ fingerprint: "elsewhere" }, { kind: "restricted", projects: [] }],
    [{ fingerprint: "metrics" }, undefined],
  ])("of %o, limited to looking, may %o", (holder, expected) => {
    trusted["op"] = { kind: "restricted", fingerprint: "op", name: "", role: "operator", projects: ["default", "a"] };
    trusted["elsewhere"] = { kind: "restricted", fingerprint: "e", name: "", role: "manager", projects: ["b"] };
    trusted["metrics"] = { kind: "metrics", fingerprint: "m", name: "" };
    const { token } = sessions.issueLink({ ...holder, limit: viewer });
    if (expected) expect(sessions.find(sessions.redeem(token))?.caller).toMatchObject(expected);
    else expect(() => sessions.redeem(token)).toThrow();
  });

  it("outlives the daemon, without its secrets being kept", () => {
    const session = open({ limit: viewer });
    expect(changes).toBe(1);
    const text = JSON.stringify(sessions.kept);
    expect(text).not.toContain(session.cookie);
    expect(text).not.toContain(session.page);
    const next = new ConsoleSessions(options, JSON.parse(text));
    expect(next.find(session)?.caller).toMatchObject({ kind: "restricted", role: "viewer" });
  });
});
