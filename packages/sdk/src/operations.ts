import type { Operation } from "@lodge/api";
import type { Rest } from "./rest.ts";
import { RunningOperation } from "./running-operation.ts";

/** `/1.0/operations`. */
export class Operations {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  /** Oldest first. */
  async list(): Promise<Operation[]> {
    const byStatus = await this.#rest.get<Record<string, Operation[]>>("/1.0/operations", { recursion: 1 });
    return Object.values(byStatus)
      .flat()
      .sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  }

  get(id: string): Promise<Operation> {
    return this.#rest.get(`/1.0/operations/${encodeURIComponent(id)}`);
  }

  /** An operation that another began, to wait for or to cancel. */
  async follow(id: string): Promise<RunningOperation> {
    return new RunningOperation(this.#rest, await this.get(id));
  }
}
