/** Reads from the daemon's API over its socket, with nothing but Node. */
import { request } from "node:http";
import { socketPath } from "../setup/places.mjs";

/**
 * `metadata` of the answer to a GET; undefined when the daemon does not answer or has no such object.
 * @param {string} path
 * @returns {Promise<any>}
 */
export function read(path) {
  return new Promise((resolve) => {
    const outgoing = request({ socketPath, path, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("error", () => resolve(undefined));
      response.on("end", () => resolve(response.statusCode === 200 ? metadataOf(body) : undefined));
    });
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}

/** @param {string} body */
function metadataOf(body) {
  try {
    return JSON.parse(body).metadata;
  } catch {
    return undefined;
  }
}
