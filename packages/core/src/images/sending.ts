import type { ImagePush } from "@lodge/api";
import type { RunningOperation } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import type { ImageSendingService } from "../services.ts";
import { progressText } from "./downloads.ts";
import type { ImageLibrary } from "./library.ts";
import type { ImageReceiver, ImageTarget } from "./receiver.ts";

export interface ImageSendingDependencies {
  readonly operations: Operations;
  readonly library: Pick<ImageLibrary, "of" | "use">;
  readonly receiver: ImageReceiver;
  /** Milliseconds, from any point on. */
  readonly clock: () => number;
}

/** Milliseconds between two words about how far it is. */
const pace = 500;

/** Sends images to servers that expect them. */
export class ImageSending implements ImageSendingService {
  readonly #deps: ImageSendingDependencies;

  constructor(deps: ImageSendingDependencies) {
    this.#deps = deps;
  }

  async send(project: string, prefix: string, request: ImagePush): Promise<RunningOperation> {
    const { operations, library, receiver, clock } = this.#deps;
    const images = await library.of(project);
    const { fingerprint } = await images.get(prefix);
    const to = targetOf(request);
    await receiver.check(to);
    const resources = { images: [`/1.0/images/${fingerprint}`] };
    return operations.begin({ description: "Sending image", resources, project }, ({ report, signal }) =>
      // The files stay, whoever deletes the image meanwhile.
      library.use(fingerprint, async () => {
        const begun = clock();
        let shown = begun;
        const sent = (file: string, bytes: number, size: number) => {
          const now = clock();
          if (now - shown < pace && bytes < size) return;
          shown = now;
          report({ upload_progress: progressText(file, bytes, size, now - begun) });
        };
        await receiver.send(to, { fingerprint, ...(await images.files(fingerprint)) }, sent, signal);
        return { fingerprint };
      }),
    );
  }
}

function targetOf({ target, certificate, secret, project, profiles }: ImagePush): ImageTarget {
  return {
    ...{ server: target, secret },
    ...(certificate && { certificate }),
    ...(project && { project }),
    ...(profiles && { profiles }),
  };
}
