import type { Template, TemplateCreate } from "@lodge/api";
import type { Rest } from "./rest.ts";
import type { RunningOperation } from "./running-operation.ts";

/** `/1.0/templates`: warm machines that launches fork from. */
export class Templates {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  list(): Promise<Template[]> {
    return this.#rest.get("/1.0/templates", { recursion: 1 });
  }

  /** The operation's metadata name it at the end: `template`. */
  build(request: TemplateCreate): Promise<RunningOperation> {
    return this.#rest.start("POST", "/1.0/templates", { body: request });
  }

  delete(id: string): Promise<RunningOperation> {
    return this.#rest.start("DELETE", `/1.0/templates/${encodeURIComponent(id)}`);
  }
}
