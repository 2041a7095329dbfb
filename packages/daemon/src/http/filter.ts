/**
 * LXD's `filter=`: `name eq web and config.user.role ne test`. Operators eq and ne, joined by and, or, negated by not, read from
 * left to right. A value is a regular expression: with an anchor one for a part of the field, else for the whole of it, or the field itself.
 * Case does not count.
 */
import { LodgeError } from "@lodge/api";

interface Clause {
  readonly field: string;
  readonly matches: (value: string) => boolean;
  readonly negated: boolean;
  /** How it is joined with what stands before it. */
  readonly join: "and" | "or";
}

/** Makes a predicate of a filter; the empty filter lets everything pass. Throws `request_invalid`. */
export function parseFilter(text: string): (object: object) => boolean {
  const words = tokenize(text);
  const clauses: Clause[] = [];
  while (words.length > 0) clauses.push(takeClause(words, clauses.length === 0));
  return (object) =>
    clauses.reduce((passed, clause) => {
      const value = fieldOf(object, clause.field);
      const holds = (value !== undefined && clause.matches(value)) !== clause.negated;
      return clause.join === "and" ? passed && holds : passed || holds;
    }, true);
}

function takeClause(words: string[], first: boolean): Clause {
  const join = first ? "and" : words.shift()?.toLowerCase();
  if (join !== "and" && join !== "or") throw invalid(`"${join}" stands where "and" or "or" should`);
  let negated = false;
  if (words[0]?.toLowerCase() === "not") {
    negated = true;
    words.shift();
  }
  const [field, operator, value] = words.splice(0, 3);
  if (field === undefined || operator === undefined || value === undefined) throw invalid("a clause is incomplete");
  const operation = operator.toLowerCase();
  if (operation !== "eq" && operation !== "ne") throw invalid(`the operator "${operator}" is neither eq nor ne`);
  return { field, matches: matcher(value), negated: negated !== (operation === "ne"), join };
}

/** Words are separated by blanks; quotes hold a word together. */
function tokenize(text: string): string[] {
  if (text.length > 4096) throw invalid("it is longer than 4096 characters");
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1"),
  );
}

function matcher(value: string): (field: string) => boolean {
  if (!/[\^$]/.test(value)) return wholeField(value);
  const expression = expressionOf(value);
  return (field) => expression.test(field.slice(0, 256));
}

/** What is no expression, or a costly one, still names a field as it is. */
function wholeField(value: string): (field: string) => boolean {
  const isSame = (field: string) => field.toLowerCase() === value.toLowerCase();
  if (!/[.*+?()[\]{}|\\]/.test(value)) return isSame;
  try {
    const expression = expressionOf(`^(?:${value})$`, value);
    return (field) => isSame(field) || (field.length <= 256 && expression.test(field));
  } catch {
    return isSame;
  }
}

function expressionOf(expression: string, value = expression): RegExp {
  // Expressions backtrack: with each quantifier once more through all of the text, and the whole daemon waits.
  const quantifiers = value.replace(/\\./g, "").match(/[*+{?]/g) ?? [];
  if (value.length > 256 || quantifiers.length > 2 || /\)[*+{?]|\\[1-9k]/.test(value)) {
    throw invalid(`the expression "${value}" is too involved`);
  }
  try {
    return new RegExp(expression, "i");
  } catch (error) {
    throw invalid(`"${value}" is no regular expression`, error);
  }
}

/** `config.limits.memory`: keys of maps may have dots themselves. */
function fieldOf(object: object, field: string): string | undefined {
  if (Object.hasOwn(object, field)) {
    const value: unknown = object[field as keyof typeof object];
    return value === null || typeof value === "object" ? undefined : String(value);
  }
  const dot = field.indexOf(".");
  const head = field.slice(0, dot);
  if (dot < 1 || !Object.hasOwn(object, head)) return undefined;
  const inner: unknown = object[head as keyof typeof object];
  return typeof inner === "object" && inner !== null ? fieldOf(inner, field.slice(dot + 1)) : undefined;
}

function invalid(detail: string, cause?: unknown): LodgeError {
  return new LodgeError({
    code: "request_invalid",
    message: `The filter cannot be read: ${detail}. It has the form: name eq web and status eq running.`,
    cause,
  });
}
