export { connectGuestAgent, GuestAgent, type GuestAgentOptions } from "./agent.ts";
export type { AgentCommandName, AgentCommands } from "./agent-commands.ts";
export { connectQmp, QmpClient, type QmpConnectOptions, type SendDescriptor } from "./client.ts";
export type { BlockImage, InputEvent, IoThrottle, QmpCommandName, QmpCommands, RunState } from "./commands.ts";
export { QmpClosedError, QmpError, QmpProtocolError, QmpTimeoutError } from "./errors.ts";
export type { QmpEvent, QmpEventName } from "./events.ts";
export type { MigrationCapability, MigrationInfo, MigrationStatus } from "./migration-commands.ts";
