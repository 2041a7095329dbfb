import { type ErrorCode, errorCodes, httpStatus, LodgeError } from "@lodge/api";
import fc from "fast-check";
import type { FastifyRequest } from "fastify";
import { describe, expect, it } from "vitest";
import { failure, sync } from "./envelope.ts";
import { presentable } from "./errors.ts";
import { etag, instanceEtag, requireMatch } from "./etag.ts";
import { fakeInstance } from "./testing/fake-records.ts";

const shuffled = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, shuffled(inner)]),
  );
};
const requestWith = (header: string | undefined) =>
  ({ headers: header === undefined ? {} : { "if-match": header } }) as unknown as FastifyRequest;
const passes = (header: string | undefined, current: string) => {
  try {
    requireMatch(requestWith(header), current, "It");
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "etag_mismatch" });
    return false;
  }
};

describe("ETags", () => {
  it("are quoted, and the same for the same in any order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(etag(value)).toMatch(/^"[0-9a-f]{64}"$/);
        expect(etag(shuffled(value))).toBe(etag(value));
      }),
    );
  });

  it("of an instance are the same whether it runs or not", () => {
    const tagOf = (power: string) =>
      instanceEtag({ ...fakeInstance("web"), config: { "user.a": "b", "volatile.last_state.power": power } });
    expect(tagOf("RUNNING")).toBe(tagOf("STOPPED"));
  });

  it("differ for what differs", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(etag(one) === etag(other)).toBe(same);
      }),
    );
  });

  it("match bare, quoted, weak, in a list, by a star and by nothing, and by nothing else", () => {
    const tag = fc.jsonValue().map(etag);
    fc.assert(
      fc.property(tag, tag, (current, other) => {
        const bare = current.slice(1, -1);
        for (const header of [undefined, "*", current, bare, `W/${current}`, `${other}, ${current}`]) {
          expect(passes(header, current)).toBe(true);
        }
        expect(passes(other, current)).toBe(other === current);
        expect(passes(bare.slice(1), current)).toBe(false);
        expect(passes("", current)).toBe(false);
      }),
    );
  });
});

describe("envelopes", () => {
  it("say success with whatever they carry", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (metadata) => {
        const { metadata: carried, ...rest } = JSON.parse(JSON.stringify(sync(metadata))) as Record<string, unknown>;
        expect(carried).toEqual(JSON.parse(JSON.stringify(metadata)));
        expect(rest).toEqual({
          ...{ type: "sync", status: "Success", status_code: 200, operation: "", error_code: 0, error: "" },
        });
      }),
    );
  });

  it("say of every error a status, and of what was thrown unforeseen nothing", () => {
    const codes = Object.keys(errorCodes) as ErrorCode[];
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.string({ minLength: 1 }), fc.anything(), (code, message, thrown) => {
        const error = new LodgeError({ code, message });
        expect(failure(presentable(error))).toMatchObject({
          ...{ type: "error", status_code: 0, error: message, error_code: httpStatus[error.kind] },
          metadata: { code },
        });
        const told = failure(presentable(new Error(`secret ${message}`, { cause: thrown })));
        expect(told).toMatchObject({ error_code: 500, metadata: { code: "internal" } });
        expect(told.error).not.toContain("secret");
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
