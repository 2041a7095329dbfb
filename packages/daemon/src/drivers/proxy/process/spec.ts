/** What the process that serves a proxy is told: the content of the file that its command line names. */
export interface ProxySpec {
  readonly listeners: readonly ListenerSpec[];
  readonly proxyProtocol: boolean;
  /** As whom it runs; host ids. 0: as root without any capability. */
  readonly uid: number;
  readonly gid: number;
  /** Descriptor of the directory beneath which paths of unix sockets are looked up. Missing: the host's root. */
  readonly root?: number;
}

export interface ListenerSpec {
  /** Descriptor of a socket that is bound, and listens unless it is of datagrams. */
  readonly descriptor: number;
  /** Of IPv6, both families at once included. */
  readonly ipv6: boolean;
  readonly connect: Target;
}

export type Target =
  | { readonly kind: "tcp" | "udp"; readonly address: string; readonly port: number }
  /** A path, or `@` and a name. */
  | { readonly kind: "unix"; readonly path: string };
