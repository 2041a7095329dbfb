import { until } from "../../test/harness/until.ts";
import { Unavailable } from "../scenario.ts";
import type { LodgePeer } from "./lodge.ts";
import { remove } from "./rest-system.ts";

/** Milliseconds for a guest to boot and its template to be made, also on a busy machine. */
const patience = 300_000;

/** Resolves when launches of an image begin from a warm template. */
export async function warmTemplate(peer: LodgePeer, image: string): Promise<void> {
  if (!peer.extensions.has("lodge_templates")) throw new Unavailable("this Lodge has no templates");
  await peer.image(image, "virtual-machine");
  await peer.withTemplates(() =>
    until(`a template of ${image}`, patience, async () => {
      await peer.launch("warm-up", image, "virtual-machine");
      // The first leaves a template when its guest has booted.
      await peer.ready("warm-up");
      const warm = await peer.isFork("warm-up");
      await remove(peer, "warm-up");
      return warm;
    }),
  );
}
