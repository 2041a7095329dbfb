import type { Network, NetworkForward, NetworkForwardPut, NetworkPut } from "@lodge/api";
import type { Context } from "./context.ts";
import { retryStale } from "./retry-stale.ts";

/** Changes a network; what others change at the same time is kept. `change` says what is to be different. */
export async function changeNetwork(
  context: Context,
  name: string,
  change: (current: Network) => NetworkPut,
): Promise<void> {
  const { networks } = await context.client();
  await retryStale(async () => {
    const { value, etag } = await networks.getTagged(name);
    const { config, description } = value;
    await networks.update(name, { config, description, ...change(value) }, etag);
  });
}

/** The same for a forward of a network. */
export async function changeForward(
  context: Context,
  network: string,
  listen: string,
  change: (current: NetworkForward) => NetworkForwardPut,
): Promise<void> {
  const { forwards } = (await context.client()).networks;
  await retryStale(async () => {
    const { value, etag } = await forwards.getTagged(network, listen);
    const { config, description, ports } = value;
    await forwards.update(network, listen, { config, description, ports, ...change(value) }, etag);
  });
}
