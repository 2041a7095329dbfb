import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { InstanceMetadata, InstanceMetadataPut } from "@lodge/api";
import type { Rest } from "./rest.ts";

/** `…/instances/NAME/metadata`: what an instance has of its image's, and the templates of files that it is given when it starts. */
export class MetadataOfInstance {
  readonly #rest: Rest;
  readonly #url: string;

  constructor(rest: Rest, instance: string) {
    this.#rest = rest;
    this.#url = `/1.0/instances/${encodeURIComponent(instance)}/metadata`;
  }

  /** With the tag that a change sends back. */
  getTagged(): Promise<{ value: InstanceMetadata; etag: string }> {
    return this.#rest.getTagged(this.#url);
  }

  /** Replaces all of it. With a tag: unless it has changed meanwhile. */
  async update(body: InstanceMetadataPut, etag?: string): Promise<void> {
    await this.#rest.call("PUT", this.#url, { body, headers: etag ? { "if-match": etag } : {} });
  }

  /** Names of its templates. */
  templates(): Promise<string[]> {
    return this.#rest.get(`${this.#url}/templates`);
  }

  async template(path: string): Promise<string> {
    return text((await this.#rest.raw("GET", `${this.#url}/templates`, { query: { path } })).body);
  }

  /** Makes or replaces a template. */
  async putTemplate(path: string, content: string): Promise<void> {
    const stream = Readable.from([Buffer.from(content)]);
    await this.#rest.call("POST", `${this.#url}/templates`, { query: { path }, stream });
  }

  async deleteTemplate(path: string): Promise<void> {
    await this.#rest.call("DELETE", `${this.#url}/templates`, { query: { path } });
  }
}
