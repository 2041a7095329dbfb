/** The SDK for pages that the daemon serves. Bundled with `browser/absent.ts` in the place of Node's streams. */
export { LodgeError } from "@lodge/api/errors";
export { type BrowserOptions, BrowserTransport } from "./browser/browser-transport.ts";
export { type PageFile, PageFiles } from "./browser/page-files.ts";
export { logsOf, PageLogs } from "./browser/page-logs.ts";
export { openScreenSocket, type ScreenSocket } from "./browser/screen-socket.ts";
export { openTerminal, type TerminalOptions, type TerminalSession } from "./browser/terminal.ts";
export type { PendingToken } from "./certificates.ts";
export { LodgeClient } from "./client.ts";
export { lifecycleOf, operationOf } from "./events.ts";
export { createdName } from "./instances.ts";
export { isFinal, type RunningOperation } from "./running-operation.ts";
export { snapshotName } from "./snapshots.ts";
export type { Transport } from "./transport.ts";
