/** What may be asked of networks and their forwards. */
import type {
  Network,
  NetworkCreate,
  NetworkForward,
  NetworkForwardCreate,
  NetworkForwardPut,
  NetworkLease,
  NetworkPut,
  NetworkState,
} from "@lodge/api";

export interface NetworkService {
  list(): Promise<Network[]>;
  get(name: string): Promise<Network>;
  create(request: NetworkCreate): Promise<void>;
  /** `change` is given the network as it is while nothing else can change it, and answers what it shall be, or throws. */
  update(name: string, change: (network: Network) => NetworkPut): Promise<void>;
  rename(name: string, to: string): Promise<void>;
  delete(name: string): Promise<void>;
  state(name: string): Promise<NetworkState>;
  leases(name: string): Promise<NetworkLease[]>;
}

export interface NetworkForwardService {
  list(network: string): Promise<NetworkForward[]>;
  get(network: string, listen: string): Promise<NetworkForward>;
  create(network: string, request: NetworkForwardCreate): Promise<void>;
  /** `change`: see `NetworkService.update`. */
  update(network: string, listen: string, change: (forward: NetworkForward) => NetworkForwardPut): Promise<void>;
  delete(network: string, listen: string): Promise<void>;
}
