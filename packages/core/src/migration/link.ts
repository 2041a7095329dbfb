/** The contract of the way between two servers while something goes from one to the other. */
import type { Readable } from "node:stream";
import type { MigrationMessage } from "@lodge/api";

/**
 * Messages both ways and bytes one way. It ends for both when either goes, also when one is silent for too long: whoever waits then fails
 * with `migration_failed`. `alive` messages are its own affair.
 */
export interface MigrationLink extends AsyncDisposable {
  /** Bytes that have gone through. */
  readonly bytes: number;
  /** Says something to the other side. What is said to a side that is gone is lost. */
  send(message: MigrationMessage): void;
  /** What the other side says next. One caller at a time. */
  receive(): Promise<MigrationMessage>;
  /** Sends all of a stream, no faster than it is taken at the other end, and that it has ended. */
  sendBytes(stream: Readable): Promise<void>;
  /** What the other side sends. It fails when the link breaks before its end. To be asked for once. */
  readBytes(): Readable;
  /** Resolves when the other side has left, or so many milliseconds are over. */
  left(patience: number): Promise<void>;
}
