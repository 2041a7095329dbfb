import { until } from "../../test/harness/until.ts";
import { Unavailable } from "../scenario.ts";
import type { LodgePeer } from "./lodge.ts";
import { remove } from "./rest-system.ts";

/** Milliseconds for a guest to boot and its template to be made, also on a busy machine. */
const patience = 300_000;

const template = "template";

/** Resolves when launches of an image begin from a warm template. */
export async function warmTemplate(peer: LodgePeer, image: string): Promise<void> {
  await peer.image(image, "virtual-machine");
  await peer.withTemplates(() =>
    until(`a template of ${image}`, patience, async () => {
      await peer.launch("warm-up", image, "virtual-machine");
      // The first leaves a template when its guest has booted.
      await peer.ready("warm-up");
      const begun = await peer.begun("warm-up");
      await remove(peer, "warm-up");
      if (begun === undefined) throw new Unavailable("this Lodge has no templates");
      return begun === template;
    }),
  );
}

/** Throws when an instance did not begin from a template. */
export async function requireFork(peer: LodgePeer, name: string): Promise<void> {
  const begun = await peer.begun(name);
  if (begun !== template) throw new Error(`${name} did not begin from the template: ${begun}`);
}

/** Has machines stand ready of a template, as after any launch from it. For work within `withTemplates`. */
export async function standReady(peer: LodgePeer, image: string, count: number): Promise<void> {
  await peer.launch("ready-before", image, "virtual-machine");
  await remove(peer, "ready-before");
  await until(`${count} machines stand ready`, patience, async () => {
    const templates = await peer.client.templates.list();
    return templates.some(({ ready }) => ready >= count);
  });
}
