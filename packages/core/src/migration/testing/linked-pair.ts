/** Two ends of a link in memory. */
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LodgeError, type MigrationMessage } from "@lodge/api";
import type { MigrationLink } from "../link.ts";

export class FakeLink implements MigrationLink {
  bytes = 0;
  /** What this end has said. */
  readonly said: MigrationMessage[] = [];
  other: FakeLink | undefined;
  readonly #data: PassThrough;
  readonly #messages: MigrationMessage[] = [];
  #receiver: PromiseWithResolvers<MigrationMessage> | undefined;
  #broken: LodgeError | undefined;

  constructor(data: PassThrough) {
    this.#data = data;
    data.on("error", () => undefined);
  }

  send(message: MigrationMessage): void {
    this.said.push(message);
    this.other?.hear(message);
  }

  hear(message: MigrationMessage): void {
    if (this.#receiver) this.#receiver.resolve(message);
    else this.#messages.push(message);
    this.#receiver = undefined;
  }

  receive(): Promise<MigrationMessage> {
    const next = this.#messages.shift();
    if (next) return Promise.resolve(next);
    if (this.#broken) return Promise.reject(this.#broken);
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  /** What the other end does not read any more is lost, and nobody is told. */
  async sendBytes(stream: Readable): Promise<void> {
    try {
      if (!this.#data.destroyed) return await pipeline(stream, this.#data);
    } catch (error) {
      if (!this.#data.destroyed) throw error;
    }
    if (this.#broken) throw this.#broken;
    await new Promise(() => stream.resume());
  }

  readBytes(): Readable {
    return this.#data;
  }

  async left(): Promise<void> {}

  /** The connection breaks, for both. */
  cut(): void {
    for (const end of [this, this.other]) end?.break();
  }

  break(): void {
    this.#broken = new LodgeError({ code: "migration_failed", message: "The connection broke off." });
    this.#data.destroy(this.#broken);
    this.#receiver?.reject(this.#broken);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
  }
}

export function linkedPair(): readonly [source: FakeLink, target: FakeLink] {
  const data = new PassThrough();
  const [source, target] = [new FakeLink(data), new FakeLink(data)];
  source.other = target;
  target.other = source;
  return [source, target];
}
