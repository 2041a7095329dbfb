/**
 * The contract of what serves proxies: connections that are accepted on one side, the host or the instance, and passed on to the
 * other. A proxy belongs to a run of its instance and goes on while no daemon runs.
 */
import type { IdRange, InstanceId } from "../driver.ts";
import type { ProxyDevice } from "./proxies.ts";

/** A proxy of a running instance. */
export interface ProxyRequest extends Omit<ProxyDevice, "name" | "nat"> {
  readonly instance: InstanceId;
  /** The instance's name, for messages. */
  readonly owner: string;
  /** Of the device in the configuration. */
  readonly device: string;
  readonly ids: IdRange;
  /** Its own network namespace and root. Missing: it is reached from the host, at the address in `connect`. */
  readonly container?: {
    /** A path. */
    readonly network: string;
    /** Host pid of init. */
    readonly init: number;
  };
}

export interface ProxyDriver {
  /**
   * Serves it from now on. Idempotent; one that is served as it is wanted goes on, another one of the same device ends before.
   * `proxy_address_unusable` when the address is taken or none of the listening side's.
   */
  serve(proxy: ProxyRequest): Promise<void>;
  /** Throws `proxy_address_unusable` when an address of the host cannot be listened on now. */
  probe(proxy: Pick<ProxyRequest, "owner" | "device" | "listen">): Promise<void>;
  /** Ends one, with its connections. Idempotent. */
  end(instance: InstanceId, device: string): Promise<void>;
  /** Ends all of an instance. Idempotent. */
  endAll(instance: InstanceId): Promise<void>;
  /** At daemon start: serves these, ends all others of this LODGE_DIR. What cannot be served is said in the log, and tried again. */
  reconcile(proxies: readonly ProxyRequest[]): Promise<void>;
}
