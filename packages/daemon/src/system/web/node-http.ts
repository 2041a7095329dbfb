/**
 * Node's HTTP, without the exports that it loads when somebody looks at them: an `import` looks at all, and so loads Node's whole fetch
 * machinery, 40 ms and 3 MiB that the daemon has no use for.
 */
export const { ServerResponse, createServer, request } = process.getBuiltinModule("node:http");
