import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Caller, ExpectedImage, Log, Services, TrustAttempts } from "@lodge/core";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ConsoleService } from "./console/console-service.ts";
import type { HttpsService } from "./https-service.ts";
import type { RecordedOutput } from "./sessions/recorded-output.ts";
import type { WebsocketHub } from "./sessions/websocket-hub.ts";
import type { Upgrades } from "./upgrades.ts";

/** fastify as the routes see it: schemas are zod's. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route may use. */
export interface RouteContext {
  readonly services: Services;
  readonly log: Log;
  readonly hub: WebsocketHub;
  readonly recorded: RecordedOutput;
  readonly version: string;
  /** Milliseconds that clients have to open a session's websockets; the usual when missing. */
  readonly connectTimeout: number | undefined;
  /** Who is at the other end of a connection. */
  readonly identify: (socket: Socket) => Caller;
  /** Missing: the API is not to be served by HTTPS. */
  readonly https: HttpsService | undefined;
  /** The same of the metrics alone, on an address of their own. */
  readonly metricsHttps: HttpsService | undefined;
  readonly attempts: TrustAttempts;
  readonly upgrades: Upgrades;
  readonly webConsole: ConsoleService;
  /** The directory of the console's built files; there may be none. */
  readonly consoleAssets: string;
}

declare module "fastify" {
  interface FastifyRequest {
    /** What the request is about: its project, or the one that has what that project shares. It exists. */
    project: string;
    /** The project that it names. */
    namedProject: string;
    caller: Caller;
    /** The image that its headers say is sent here, by whomever, and which was expected until now. */
    expected?: ExpectedImage | undefined;
  }
}
