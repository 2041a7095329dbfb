import { type ErrorCode, LodgeError } from "@lodge/api";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";

/** Parses a part of a request (body, params, querystring) by its zod schema; what does not fit is a LodgeError. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, url, httpPart }) => {
  const instances = /^\/1\.0\/(instances|containers|virtual-machines)\b(?!.*\/snapshots)/.test(url ?? "");
  return (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const [issue] = parsed.error.issues;
    const named = instances && issue?.path[0] === "name";
    return { error: invalid(httpPart ?? "body", issue, named ? "instance_name_invalid" : "request_invalid") };
  };
};

/** For a body that fastify has not parsed. */
export function parseBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid("body", parsed.error.issues[0], "request_invalid");
}

function invalid(part: string, issue: z.core.$ZodIssue | undefined, code: ErrorCode): LodgeError {
  const field = issue?.path.join(".");
  const place = partNames[part] ?? part;
  const where = field ? `${place}, ${field}` : place;
  return new LodgeError({ code, message: `The request does not fit the API: ${where}: ${complaint(issue)}.` });
}

const partNames: Readonly<Record<string, string>> = { params: "path", querystring: "query" };

/** Of a union none of whose members fits, the last one's complaint: they are ordered from the special to the general. */
function complaint(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_union") return complaint(issue.errors.at(-1)?.at(0)) || issue.message;
  return issue?.message ?? "does not fit";
}
