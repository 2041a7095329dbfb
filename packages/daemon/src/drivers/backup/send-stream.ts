import type { SentState } from "@lodge/core";
import { toBytes } from "../../system/tar/tar-block.ts";
import { fileHeader, padding } from "../../system/tar/tar-header.ts";
import { readFailure } from "./failure.ts";

/** A stream as a file in an archive, whose header says ahead how long that is: it is read once to be measured, and once to be sent. */
export async function* sendStream(state: SentState, name: string): AsyncGenerator<Buffer, void> {
  const size = await state.bytes();
  yield fileHeader(toBytes(name), size);
  let sent = 0;
  for await (const piece of state.stream()) {
    sent += piece.length;
    if (sent > size) break;
    yield piece;
  }
  if (sent !== size) throw readFailure("its pool was reorganized meanwhile (balance, defragmentation): try again");
  yield padding(size);
}
