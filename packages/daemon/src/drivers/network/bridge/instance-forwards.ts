import { contains, type InstanceForward, type NetworkDefinition } from "@lodge/core";

/** The name of its entry in the book. */
export const forwardName = ({ instance, device }: Pick<InstanceForward, "instance" | "device">): string =>
  `${instance}-${device}`;

/**
 * Networks with what is sent on to single instances as if it were their own: before their own, which may end in a target for all that
 * is left of an address.
 */
export function withInstanceForwards(
  networks: readonly NetworkDefinition[],
  forwards: readonly InstanceForward[],
): NetworkDefinition[] {
  return networks.map((network) => {
    const own = forwards.filter(({ ports }) =>
      [network.ipv4, network.ipv6].some((subnet) => ports.some(({ target }) => contains(subnet, target))),
    );
    return own.length === 0 ? network : { ...network, forwards: [...own, ...network.forwards] };
  });
}
