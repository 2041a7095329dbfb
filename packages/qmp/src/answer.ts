import { QmpError, QmpProtocolError } from "./errors.ts";
import { isObject, type WireObject } from "./message-reader.ts";

/** The result of a `return` message; throws the QmpError of an `error` message. */
export function answerOf(command: string, message: WireObject): unknown {
  if ("return" in message) return message["return"];
  const error = message["error"];
  if (!isObject(error)) throw new QmpProtocolError(`${command}: answer with neither return nor error`);
  throw new QmpError(command, text(error["class"]) ?? "GenericError", text(error["desc"]) ?? "no description");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
