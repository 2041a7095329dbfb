import { LodgeError } from "@lodge/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFilter } from "./filter.ts";

const field = fc.constantFrom("name", "status", "config.user.role", "config.limits.memory", "type");
/** Whole values: what has one of an expression's characters is an expression. */
const value = fc
  .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
  .filter((text) => !/[\^$.*+?()[\]{}|\\]/.test(text));
const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const clause = fc.record({ field, value, not: fc.boolean(), ne: fc.boolean(), join: fc.constantFrom("and", "or") });
type Clause = typeof clause extends fc.Arbitrary<infer T> ? T : never;

/** One object per truth of the fields that a filter names. */
const object = fc.record({
  name: value,
  status: value,
  type: value,
  config: fc.record({ "user.role": value, "limits.memory": value }),
});

const written = ({ field: name, value: wanted, not, ne }: Clause) =>
  `${not ? "not " : ""}${name} ${ne ? "ne" : "eq"} ${quoted(wanted)}`;

function fieldOf(of: typeof object extends fc.Arbitrary<infer T> ? T : never, name: string): string {
  const [head, ...rest] = name.split(".");
  return head === "config" ? ((of.config as Record<string, string>)[rest.join(".")] ?? "") : String(of[head as "name"]);
}

describe("filters", () => {
  it("mean what their clauses mean, joined from left to right", () => {
    fc.assert(
      fc.property(fc.array(clause, { minLength: 1, maxLength: 5 }), object, fc.nat(4), (clauses, of, take) => {
        // Random values never meet: some clauses ask for what is there.
        const asked = clauses.map((each, at) => (at === take ? { ...each, value: fieldOf(of, each.field) } : each));
        const text = asked.map((each, at) => `${at === 0 ? "" : `${each.join} `}${written(each)}`).join(" ");
        const truth = asked.reduce((passed, each) => {
          const equal = fieldOf(of, each.field).toLowerCase() === each.value.toLowerCase();
          const holds = equal !== (each.not !== each.ne);
          return each === asked[0] ? holds : each.join === "and" ? passed && holds : passed || holds;
        }, true);
        expect(parseFilter(text)(of)).toBe(truth);
      }),
    );
  });

  it("of a clause and of its negation never both hold, and one always does", () => {
    fc.assert(
      fc.property(clause, object, (each, of) => {
        expect(parseFilter(written(each))(of)).not.toBe(parseFilter(written({ ...each, not: !each.not }))(of));
      }),
    );
  });

  it("that are no filters are refused in words, and none takes long", () => {
    const word = fc.oneof(
      fc.constantFrom("eq", "ne", "and", "or", "not", "name", "^", "$", '"', "\\", "(a+)+$", "^(a|a)*$", "^a{1,99}"),
      fc.string({ unit: "binary", maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), object, (words, of) => {
        const begun = process.threadCpuUsage();
        try {
          expect(typeof parseFilter(words.join(" "))({ ...of, name: "a".repeat(2000) })).toBe("boolean");
        } catch (error) {
          expect(error).toBeInstanceOf(LodgeError);
          expect((error as LodgeError).code).toBe("request_invalid");
        }
        // Of the processor: on a busy host everything takes long.
        expect(process.threadCpuUsage(begun).user).toBeLessThan(1_000_000);
      }),
      { numRuns: 500 },
    );
  });
});
