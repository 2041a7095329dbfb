import type { InstanceType } from "@lodge/api";
import { LodgeError } from "@lodge/api";
import type { OperationContext, RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import type { ImageRecord, ImageSourceRecord } from "../store.ts";
import type { ImageCatalog } from "./catalog.ts";
import type { ImageTables } from "./of-project.ts";
import type { ImageOrigin } from "./records.ts";
import type { ImageServers, ImageUrls, OfferedImage, Received, ServerAddress, UnseenImage } from "./server.ts";
import type { ImageFormat } from "./source.ts";

export interface DownloadsDependencies {
  readonly store: Pick<ImageTables, "images">;
  /** Whose images they become. */
  readonly project: string;
  readonly operations: Operations;
  readonly images: Pick<ImageCatalog, "stage" | "keep" | "adopt">;
  readonly servers: ImageServers;
  readonly urls: ImageUrls;
  readonly format: ImageFormat;
  /** Milliseconds, from any point on. */
  readonly clock: () => number;
}

/** An image that is to be here, and what is noted with it where it is not yet. */
export interface Download {
  readonly at: ServerAddress;
  /** Its type is not always known before it is here. */
  readonly offered: OfferedImage | UnseenImage;
  readonly source: ImageSourceRecord;
  readonly autoUpdate: boolean;
}

type Report = OperationContext["report"];

interface Running {
  readonly operation: RunningOperation;
  /** Those who wait for it; when the last one gives up it is cancelled. */
  readonly waiting: Set<Report>;
}

/** Brings images from servers, each once however many ask for it at a time. Each is an operation of its own: who waits for it may fail for himself. */
export class Downloads {
  readonly #deps: DownloadsDependencies;
  readonly #running = new Map<string, Promise<Running>>();

  constructor(deps: DownloadsDependencies) {
    this.#deps = deps;
  }

  /** The image, here. `download_progress` of the operation that waits says how far it is. */
  async obtain(
    download: Download,
    { report, signal }: Pick<OperationContext, "report" | "signal">,
  ): Promise<ImageRecord> {
    const { fingerprint } = download.offered;
    for (;;) {
      signal.throwIfAborted();
      const known = await this.#deps.store.images.get(fingerprint);
      if (known) return known;
      const adopted = await this.#deps.images.adopt(fingerprint, originOf(download));
      if (adopted) return adopted;
      const running = await this.#join(download);
      running.waiting.add(report);
      try {
        await finishedOrAborted(running.operation, signal);
      } finally {
        running.waiting.delete(report);
        if (running.waiting.size === 0 && !running.operation.finished) cancel(running.operation);
      }
      const { error } = running.operation;
      // Cancelled by those who waited before: begun anew.
      if (error?.code === "operation_cancelled") continue;
      if (error) throw new LodgeError({ code: error.code, message: error.message, cause: error });
    }
  }

  #join(download: Download): Promise<Running> {
    const { fingerprint } = download.offered;
    const known = this.#running.get(fingerprint);
    if (known) return known;
    const waiting = new Set<Report>();
    const begun = this.#deps.operations
      .begin(
        {
          description: "Downloading image",
          resources: { images: [`/1.0/images/${fingerprint}`] },
          project: this.#deps.project,
        },
        async (context) => {
          const report: Report = (metadata) => {
            context.report(metadata);
            for (const each of waiting) each(metadata);
          };
          try {
            return await this.#download(download, { ...context, report });
          } finally {
            this.#running.delete(fingerprint);
          }
        },
      )
      .then((operation) => ({ operation, waiting }));
    begun.catch(() => this.#running.delete(fingerprint));
    this.#running.set(fingerprint, begun);
    return begun;
  }

  /** What has a type is offered by a server. */
  #fetch(
    { at, offered, source }: Omit<Download, "autoUpdate">,
    directory: string,
    received: Received,
    signal: AbortSignal,
  ) {
    const { servers, urls } = this.#deps;
    if (source.protocol === "direct" || !("type" in offered))
      return urls.fetch(at, offered, directory, received, signal);
    return servers[source.protocol].fetch(at, offered, directory, received, signal);
  }

  async #download({ at, offered, source, autoUpdate }: Download, context: OperationContext) {
    const { images, format, clock } = this.#deps;
    const staging = await images.stage();
    try {
      const begun = clock();
      let shown = 0;
      const received = (file: string, bytes: number, size: number) => {
        const now = clock();
        if (now - shown < 500 && bytes < size) return;
        shown = now;
        context.report({ download_progress: progressText(file, bytes, size, now - begun) });
      };
      const files = await this.#fetch({ at, offered, source }, staging.directory, received, context.signal);
      const said = { directory: staging.directory, filename: offered.filename, properties: offered.properties };
      const step = (what: string, percent = 0) =>
        context.report({ import_progress: `${what}: ${Math.round(percent)}%` });
      const staged = await format.accept({ ...files, ...said, format: "auto" }, step, context.signal);
      requireSame(source, offered, staged);
      await images.keep(staged, originOf({ offered, source, autoUpdate }), [], context);
      return { fingerprint: staged.fingerprint, size: String(staged.size) };
    } finally {
      await staging.dispose();
    }
  }
}

function originOf({ offered, source, autoUpdate }: Omit<Download, "at">): ImageOrigin {
  const { filename, properties } = offered;
  return { filename, public: false, properties, cached: true, autoUpdate, source };
}

function requireSame(
  { server, protocol }: ImageSourceRecord,
  offered: Partial<Pick<OfferedImage, "type">> & UnseenImage,
  staged: { readonly fingerprint: string; readonly type: InstanceType },
): void {
  for (const what of ["fingerprint", "type"] as const) {
    if (offered[what] === undefined || staged[what] === offered[what]) continue;
    throw new LodgeError({
      code: "image_server_invalid",
      message: `The image ${offered.fingerprint.slice(0, 12)} of ${server} is refused: its ${what} is ${staged[what]}, and ${offered[what]} was offered.${protocol === "direct" ? " It must be one archive that holds metadata and root file system." : ""} Nothing was kept.`,
    });
  }
}

/** As LXD writes it: `rootfs: 12% (3.45MB/s)`. */
export function progressText(file: string, bytes: number, size: number, milliseconds: number): string {
  const percent = size > 0 ? Math.floor((bytes / size) * 100) : 0;
  const speed = milliseconds > 0 ? bytes / milliseconds / 1000 : 0;
  return `${file}: ${percent}% (${speed.toFixed(2)}MB/s)`;
}

async function finishedOrAborted(operation: RunningOperation, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const aborted = () => resolve();
  signal.addEventListener("abort", aborted, { once: true });
  try {
    await Promise.race([operation.done, promise]);
  } finally {
    signal.removeEventListener("abort", aborted);
  }
  signal.throwIfAborted();
}

function cancel(operation: RunningOperation): void {
  if (operation.render().status === "Running") operation.cancel();
}
