import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import websocket from "@fastify/websocket";
import { type Caller, type Log, type Services, TrustAttempts } from "@lodge/core";
import Fastify from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { CertificateSource } from "../system/server-certificate.ts";
import { authorizeRequests } from "./access/authorize.ts";
import { identifyBy } from "./access/identify.ts";
import { isImageSender } from "./access/image-senders.ts";
import type { Api, RouteContext } from "./api.ts";
import { ConsoleService } from "./console/console-service.ts";
import { openApi } from "./description/open-api.ts";
import { failure } from "./envelope.ts";
import { presentable, routeNotFound, sendFailure } from "./errors.ts";
import type { HttpsBounds } from "./https-listener.ts";
import { HttpsService } from "./https-service.ts";
import { parseJsonBodies } from "./json-body.ts";
import { onlyMetrics } from "./metrics-address.ts";
import { resolveProject } from "./query.ts";
import { aliasRoutes } from "./routes/aliases.ts";
import { certificateRoutes } from "./routes/certificates.ts";
import { consoleRoutes } from "./routes/console.ts";
import { consolePageRoutes } from "./routes/console-pages.ts";
import { eventRoutes } from "./routes/events.ts";
import { governorRoutes } from "./routes/governor.ts";
import { hostRoutes } from "./routes/host.ts";
import { imageUploadRoutes } from "./routes/image-upload.ts";
import { imageRoutes } from "./routes/images.ts";
import { instanceBackupRoutes } from "./routes/instance-backups.ts";
import { instanceConsoleRoutes } from "./routes/instance-console.ts";
import { instanceExecRoutes } from "./routes/instance-exec.ts";
import { instanceFileRenameRoutes, instanceFileRoutes } from "./routes/instance-files.ts";
import { instanceLogRoutes } from "./routes/instance-logs.ts";
import { instanceMetadataRoutes, instanceTemplateRoutes } from "./routes/instance-metadata.ts";
import { instanceSftpRoutes } from "./routes/instance-sftp.ts";
import { instanceSnapshotRoutes } from "./routes/instance-snapshots.ts";
import { instanceStateRoutes } from "./routes/instance-state.ts";
import { type InstanceNoun, instanceRoutes } from "./routes/instances.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { networkForwardRoutes } from "./routes/network-forwards.ts";
import { networkRoutes } from "./routes/networks.ts";
import { operationRoutes } from "./routes/operations.ts";
import { ownedVolumeRoutes } from "./routes/owned-volumes.ts";
import { poolRoutes } from "./routes/pools.ts";
import { profileRoutes } from "./routes/profiles.ts";
import { projectRoutes } from "./routes/projects.ts";
import { serverRoutes } from "./routes/server.ts";
import { storageVolumeRoutes } from "./routes/storage-volumes.ts";
import { templateRoutes } from "./routes/templates.ts";
import { instanceHistoryRoutes, usageRoutes } from "./routes/usage.ts";
import { volumeBackupRoutes } from "./routes/volume-backups.ts";
import { volumeFileRoutes } from "./routes/volume-files.ts";
import { volumeSnapshotRoutes } from "./routes/volume-snapshots.ts";
import { volumeUploadRoutes } from "./routes/volume-upload.ts";
import { warningRoutes } from "./routes/warnings.ts";
import { RecordedOutput, recordingKey } from "./sessions/recorded-output.ts";
import { WebsocketHub } from "./sessions/websocket-hub.ts";
import { listenOnSocket } from "./unix-socket.ts";
import { isUpgrade, Upgrades } from "./upgrades.ts";
import { validatorCompiler } from "./validation.ts";

export interface HttpServerOptions {
  readonly services: Services;
  readonly log: Log;
  /** Of Lodge. */
  readonly version: string;
  /** Where `exec` with `record-output` keeps its files. */
  readonly recordings: string;
  /** Milliseconds that clients have to open a session's websockets; default 30,000. */
  readonly connectTimeout?: number;
  /** Who is at the other end of a connection; default: who its certificate says, or a caller on the unix socket. */
  readonly identify?: (socket: Socket) => Caller;
  /** The server's certificate, made when it is asked for the first time. Missing: HTTPS cannot be served. */
  readonly certificate?: CertificateSource;
  /** The web console: the directory of its built files, and the file that keeps who is signed in. Missing: it is not there. */
  readonly console?: { readonly assets: string; readonly sessions: string };
  /** What strangers may cost; default: the usual. */
  readonly bounds?: HttpsBounds;
}

export interface HttpServer {
  /** fastify itself, for `inject` in tests. */
  readonly app: Api;
  /** Begins to serve on a unix socket, replacing a stale one. `daemon_dir_invalid`. */
  listen(socketPath: string): Promise<void>;
  /** Serves HTTPS as well, where the configuration says; later changes follow it. */
  listenHttps(): Promise<void>;
  /** Ends all sessions and connections. */
  close(): Promise<void>;
}

/** Bytes of one websocket frame, which is held in memory whole. Some clients send all of a command's input in one. */
const largestFrame = 16 << 20;

/** Makes the REST API over the core's services. Nothing listens yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { services, log, version, recordings, connectTimeout, certificate } = options;
  const { identify: identifyConnection = identifyBy(services.certificates, () => new Date()) } = options;
  const identify = (socket: Socket): Caller =>
    webConsole.isLoopback(socket) ? { kind: "untrusted" } : identifyConnection(socket);
  const serve = (request: IncomingMessage, response: ServerResponse) => app.routing(request, response);
  const upgrade = (request: IncomingMessage, socket: Socket, head: Buffer) =>
    void app.server.emit("upgrade", request, socket, head);
  const webConsole = new ConsoleService({
    ...{ services, log, file: options.console?.sessions },
    ...{ request: serve, upgrade, broken: refuseBrokenRequest },
  });
  const signedIn = (request: IncomingMessage) =>
    webConsole.callerOf(request) !== undefined || isImageSender(request, services);
  const shared = certificate && {
    ...{ certificate, log, identify, events: services.events, broken: refuseBrokenRequest, bounds: options.bounds },
    signedIn,
  };
  const https =
    shared &&
    new HttpsService({
      ...{ ...shared, request: serve },
      upgrade,
    });
  const metricsHttps =
    shared &&
    new HttpsService({
      ...{ ...shared, setting: "core.metrics_address", request: onlyMetrics(serve) },
      upgrade: (_request, socket) => void socket.destroy(),
    });
  const context: RouteContext = {
    services,
    log,
    version,
    connectTimeout,
    identify,
    https,
    metricsHttps,
    attempts: new TrustAttempts(() => performance.now()),
    hub: new WebsocketHub(),
    upgrades: new Upgrades(),
    recorded: new RecordedOutput(recordings),
    webConsole,
    consoleAssets: options.console?.assets ?? "",
  };
  const app: Api = await createApp(context);
  const unsubscribe = forgetWithInstances(context);
  let stopListening = async () => {};
  return {
    app,
    async listen(socketPath) {
      await context.recorded.keepOnly(() => presentUuids(services));
      stopListening = await listenOnSocket(app, socketPath);
      await webConsole.start();
    },
    async listenHttps() {
      const config = await services.config.get();
      await https?.start(config);
      await metricsHttps?.start(config);
    },
    async close() {
      await stopListening();
      await https?.close();
      await metricsHttps?.close();
      await webConsole.close();
      unsubscribe();
      context.hub.closeAll();
      context.upgrades.closeAll();
      await app.close();
    },
  };
}

async function createApp(context: RouteContext): Promise<Api> {
  const { log } = context;
  const app: Api = Fastify({
    logger: false,
    http: { shouldUpgradeCallback: isUpgrade },
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => sendFailure(log, error, request, reply as never),
    clientErrorHandler: refuseBrokenRequest,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler((error, request, reply) => sendFailure(log, error, request, reply));
  app.setNotFoundHandler(routeNotFound);
  app.decorateRequest("project", "default");
  app.decorateRequest("namedProject", "default");
  authorizeRequests(app, context);
  app.addHook("preValidation", async (request) => {
    request.namedProject = await resolveProject(request, context.services.projects);
    request.project = request.namedProject;
  });
  app.addHook("onResponse", async ({ method, url }, { statusCode, elapsedTime }) =>
    log.debug(
      { method, url: url.replace(/secret=[^&]*/, "secret=…"), statusCode, milliseconds: elapsedTime },
      "request",
    ),
  );
  parseJsonBodies(app);
  const websockets = context.upgrades.serve(app.server, (request, response) => app.routing(request, response));
  await app.register(websocket, {
    options: { server: websockets as Server, maxPayload: largestFrame, perMessageDeflate: false },
    errorHandler: (err, socket) => {
      log.debug({ err }, "websocket failed");
      socket.terminate();
    },
  });
  await openApi(app, context.version);
  await registerRoutes(app, context);
  return app;
}

const instanceNouns: readonly InstanceNoun[] = [
  { noun: "instances" },
  { noun: "containers", only: "container" },
  { noun: "virtual-machines", only: "virtual-machine" },
];

async function registerRoutes(app: Api, context: RouteContext): Promise<void> {
  const at = (prefix: string, routes: (app: Api, context: RouteContext) => Promise<void>) =>
    app.register(async (scope) => routes(scope.withTypeProvider<ZodTypeProvider>(), context), { prefix });
  await at("", serverRoutes);
  await at("/1.0", hostRoutes);
  await at("/1.0/metrics", metricsRoutes);
  await at("/1.0", usageRoutes);
  await at("/1.0/governor", governorRoutes);
  for (const noun of instanceNouns) {
    await at(`/1.0/${noun.noun}`, instanceRoutes(noun));
    for (const routes of [
      instanceExecRoutes,
      instanceConsoleRoutes,
      instanceFileRoutes,
      instanceFileRenameRoutes,
      instanceSftpRoutes,
      instanceLogRoutes,
      instanceMetadataRoutes,
      instanceTemplateRoutes,
      instanceSnapshotRoutes,
      instanceBackupRoutes,
      instanceHistoryRoutes,
    ]) {
      await at(`/1.0/${noun.noun}`, routes);
    }
    await at(`/1.0/${noun.noun}`, instanceStateRoutes);
  }
  await at("/1.0/images", imageRoutes);
  await at("/1.0/images", imageUploadRoutes);
  await at("/1.0/images/aliases", aliasRoutes);
  await at("/1.0/certificates", certificateRoutes);
  await at("/1.0/operations", operationRoutes);
  await at("/1.0/events", eventRoutes);
  await at("/1.0/networks", networkRoutes);
  await at("/1.0/networks/:name/forwards", networkForwardRoutes);
  await at("/1.0/storage-pools", poolRoutes);
  for (const routes of [
    storageVolumeRoutes,
    ownedVolumeRoutes,
    volumeSnapshotRoutes,
    volumeBackupRoutes,
    volumeFileRoutes,
    volumeUploadRoutes,
  ])
    await at("/1.0/storage-pools", routes);
  await at("/1.0/profiles", profileRoutes);
  await at("/1.0/projects", projectRoutes);
  await at("/1.0/templates", templateRoutes);
  await at("/1.0/warnings", warningRoutes);
  await at("/1.0/lodge/console", consoleRoutes);
  await at("/ui", consolePageRoutes);
}

/** What cannot even be parsed as HTTP has no request to answer through. */
function refuseBrokenRequest(error: Error, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(failure(presentable(Object.assign(error, { statusCode: 400 }))));
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
}

/** Recordings go with their instance. */
function forgetWithInstances({ services, recorded, log }: RouteContext): () => void {
  return services.events.subscribe(({ type, metadata }) => {
    if (type !== "lifecycle") return;
    const { action, source, context } = metadata as {
      action?: unknown;
      source?: unknown;
      context?: { uuid?: unknown };
    };
    const uuid = context?.uuid;
    if (action !== "instance-deleted" || typeof uuid !== "string") return;
    recorded.forget(uuid).catch((err: unknown) => log.warn({ instance: source, err }, "recorded output not removed"));
  });
}

/** UUIDs of all instances there are. */
async function presentUuids({ instances, projects }: Services): Promise<string[]> {
  const lists = await Promise.all((await projects.names()).map((name) => instances.list(name)));
  return lists.flat().map(({ config }) => recordingKey(config));
}
