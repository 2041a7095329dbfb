import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { onlyMetrics } from "./metrics-address.ts";

/** What of a request goes on, or the status that answers it. */
function served(url: string): string | number | undefined {
  let seen: string | number | undefined;
  const handler = onlyMetrics((request) => {
    seen = request.url;
  });
  const response = { writeHead: (status: number) => (seen = status), end: () => undefined };
  handler({ url, resume: () => undefined } as unknown as IncomingMessage, response as unknown as ServerResponse);
  return seen;
}

it.each(["/", "/1.0/metrics", "/1.0/metrics/", "/1.0/metrics?project=web"])("serves %s", (url) => {
  expect(served(url)).toBe(url);
});

it.each(["/1.0", "/1.0/instances", "/1.0/metrics/../instances", "/1.0/metricsx", "//1.0/instances", "", "*"])(
  "answers %j itself",
  (url) => expect(served(url)).toBe(404),
);
