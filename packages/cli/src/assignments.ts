import { LodgeError } from "@lodge/api/errors";

/** The two ways to write settings: `key=value…`, or one `key value`. */
export function parseAssignments(words: readonly string[]): Record<string, string> {
  const [key = "", value] = words;
  if (words.length === 2 && value !== undefined && !key.includes("=")) return { [key]: value };
  return Object.fromEntries(words.map(assignment));
}

function assignment(word: string): readonly [string, string] {
  const equals = word.indexOf("=");
  if (equals < 1) {
    throw new LodgeError({
      code: "request_invalid",
      message: `"${word}" sets nothing; write key=value, or a key and one value: \`lodge config set web limits.memory 2GiB\`.`,
    });
  }
  return [word.slice(0, equals), word.slice(equals + 1)];
}
