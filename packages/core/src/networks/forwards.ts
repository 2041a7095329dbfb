import { LodgeError, type NetworkForward, type NetworkForwardCreate, type NetworkForwardPut } from "@lodge/api";
import type { NetworkForwardService } from "../services.ts";
import type { NetworkForwardRecord, NetworkRecord } from "../store.ts";
import type { NetworkChanges, NetworkDependencies } from "./changes.ts";
import { checkForwards } from "./forward-checks.ts";
import { renderForward } from "./render.ts";
import { requireNetwork } from "./service.ts";
import { normalAddress } from "./subnets.ts";

/** External addresses that lead to instances. */
export class NetworkForwards implements NetworkForwardService {
  readonly #deps: NetworkDependencies;
  readonly #changes: NetworkChanges;

  constructor(deps: NetworkDependencies, changes: NetworkChanges) {
    this.#deps = deps;
    this.#changes = changes;
  }

  async list(network: string): Promise<NetworkForward[]> {
    return requireNetwork(network, await this.#deps.store.networks.list()).forwards.map(renderForward);
  }

  async get(network: string, listen: string): Promise<NetworkForward> {
    return renderForward(requireForward(requireNetwork(network, await this.#deps.store.networks.list()), listen));
  }

  async create(network: string, request: NetworkForwardCreate): Promise<void> {
    const listen = normalAddress(request.listen_address) ?? request.listen_address;
    await this.#change(network, (forwards) => {
      if (forwards.some((each) => each.listen === listen)) {
        throw new LodgeError({
          code: "network_forward_exists",
          message: `Network "${network}" forwards ${listen} already; change that forward.`,
        });
      }
      return [...forwards, recordOf(listen, request)];
    });
    this.#announce("created", network, listen);
  }

  async update(network: string, listen: string, change: (forward: NetworkForward) => NetworkForwardPut): Promise<void> {
    await this.#change(network, (forwards, record) => {
      const before = requireForward(record, listen);
      const after = recordOf(before.listen, change(renderForward(before)));
      return forwards.map((each) => (each === before ? after : each));
    });
    this.#announce("updated", network, listen);
  }

  async delete(network: string, listen: string): Promise<void> {
    await this.#change(network, (forwards, record) => {
      const gone = requireForward(record, listen);
      return forwards.filter((each) => each !== gone);
    });
    this.#announce("deleted", network, listen);
  }

  #change(
    name: string,
    change: (forwards: readonly NetworkForwardRecord[], network: NetworkRecord) => NetworkForwardRecord[],
  ): Promise<void> {
    return this.#changes.apply((networks) => {
      const before = requireNetwork(name, networks);
      const others = networks.filter((network) => network !== before);
      const after = { ...before, forwards: change(before.forwards, before) };
      checkForwards(after, others);
      return [...others, after];
    });
  }

  #announce(what: string, network: string, listen: string): void {
    this.#deps.events.lifecycle(`network-forward-${what}`, `/1.0/networks/${network}/forwards/${listen}`);
  }
}

/** Addresses are written in one way, so that the same one is found again. */
function recordOf(listen: string, { description, config, ports }: NetworkForwardPut): NetworkForwardRecord {
  const target = config?.["target_address"];
  return {
    listen,
    description: description ?? "",
    config: { ...config, ...(target && { target_address: normalAddress(target) ?? target }) },
    ports: (ports ?? []).map((port) => ({
      ...port,
      description: port.description ?? "",
      target_port: port.target_port ?? "",
      target_address: normalAddress(port.target_address) ?? port.target_address,
    })),
  };
}

function requireForward(network: NetworkRecord, listen: string): NetworkForwardRecord {
  const forward = network.forwards.find((each) => each.listen === (normalAddress(listen) ?? listen));
  if (forward) return forward;
  throw new LodgeError({
    code: "network_forward_not_found",
    message: `Network "${network.name}" does not forward ${listen}; "lodge network forward list ${network.name}" shows what it forwards.`,
  });
}
