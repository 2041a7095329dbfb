/** docs/reference/api.md, from the description that the daemon serves as `/1.0/openapi.json`. */
import { silentLog } from "../../packages/core/src/index.ts";
import { rightOf } from "../../packages/daemon/src/http/access/route-rights.ts";
import { createHttpServer } from "../../packages/daemon/src/http/server.ts";
import { fakeServices } from "../../packages/daemon/src/http/testing/fake-services.ts";
import { generated, page, table } from "./markdown.mjs";

/**
 * @typedef {object} Operation
 * @property {{ in: string, name: string, required?: boolean }[]} [parameters]
 * @property {string} [summary]
 * @property {{ content?: Record<string, { schema?: { properties?: object } }> }} [requestBody]
 */

const introduction = `The REST API of \`lodged\` has the form of LXD's and Incus's. It is served on the unix socket
\`$LODGE_DIR/unix.socket\`; \`curl --unix-socket /var/lib/lodge/unix.socket http://lodge/1.0\` reads its root. The whole
description, with all schemas and answers, is OpenAPI at \`/1.0/openapi.json\`, and a page to read at \`/api/\`.

Every answer is an envelope: \`{"type": "sync", "metadata": …}\` with the result, \`{"type": "async", "operation":
"/1.0/operations/ID", "metadata": …}\` for slow work that goes on as an operation, or \`{"type": "error", "error": …,
"error_code": …, "metadata": {"code": …}}\` ([errors](errors.md)). Unknown fields of a request are ignored, unknown
configuration keys refused. \`?project=\` chooses a project; \`If-Match\` with an ETag protects a change.

\`/1.0/containers/…\` and \`/1.0/virtual-machines/…\` are \`/1.0/instances/…\` for one type. Paths that only exist so that
clients of LXD get an answer may say \`not_supported\`.

*Asks for* says which callers may send a request: anybody (\`public\`), who is trusted with anything (\`identified\`), viewers
(\`view\`), operators (\`operate\`) and managers (\`manage\`) of the project that the request names, and of \`default\` for what
all projects share (\`shared\`), viewers of any of the projects listed (\`list\`), who is trusted with everything
(\`administer\`). The unix socket's callers may do all of it.`;

export async function apiPage() {
  const paths = await describedPaths();
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [
      `\`${method.toUpperCase()} ${path.replace("{*}", "{name}")}\``,
      names((operation.parameters ?? []).filter((each) => each.in === "query").map((each) => each.name)),
      rightOf(method.toUpperCase(), registered(path)),
      operation.summary ?? "",
      names(Object.keys(operation.requestBody?.content?.["application/json"]?.schema?.properties ?? {})),
    ]),
  );
  return page("The API", [
    generated,
    introduction,
    table(["Request", "Query", "Asks for", "What it does", "Fields of the body"], rows),
  ]);
}

/** @returns {Promise<Record<string, Record<string, Operation>>>} */
async function describedPaths() {
  const services = fakeServices();
  const server = await createHttpServer({ services, log: silentLog, version: "", recordings: "/nonexistent" });
  try {
    return (await server.app.inject({ url: "/1.0/openapi.json" })).json().paths;
  } finally {
    await server.close();
  }
}

/** As the route was registered. @param {string} path */
function registered(path) {
  return path.replace("{*}", "*").replaceAll(/\{(\w+)\}/g, ":$1");
}

/** @param {readonly string[]} words */
function names(words) {
  return words.map((word) => `\`${word}\``).join(", ");
}
