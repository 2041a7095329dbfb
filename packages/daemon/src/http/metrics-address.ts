import type { IncomingMessage, ServerResponse } from "node:http";
import { LodgeError } from "@lodge/api";
import { failure } from "./envelope.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const shown = /^\/(1\.0\/metrics\/?)?(\?|$)/;

/** What is served on `core.metrics_address`: the metrics, and nothing that a firewall which lets scrapers through has to fear. */
export function onlyMetrics(serve: Handler): Handler {
  return (request, response) => {
    if (shown.test(request.url ?? "")) return serve(request, response);
    const message = "Here are metrics alone, at /1.0/metrics; the rest of the API is served on core.https_address.";
    const body = JSON.stringify(failure(new LodgeError({ code: "request_not_found", message })));
    request.resume();
    response.writeHead(404, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
}
