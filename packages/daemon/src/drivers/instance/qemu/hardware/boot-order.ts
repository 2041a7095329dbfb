/** What of a device decides whether the firmware boots it. */
export interface Bootable {
  readonly name: string;
  readonly bootPriority?: number;
}

/** The names of what the firmware tries, in that order: by priority, and the root disk after all that have one unless it has one. */
export function bootOrder(root: Bootable, others: readonly Bootable[]): string[] {
  const rank = (device: Bootable): number => device.bootPriority ?? -1;
  const wanted = others.filter(({ bootPriority }) => bootPriority !== undefined);
  return [root, ...wanted].toSorted((a, b) => rank(b) - rank(a)).map(({ name }) => name);
}

/** QEMU's `bootindex` of a device: lower ones are tried first, a device without one never. */
export function bootIndex(order: readonly string[], name: string): { readonly bootindex?: number } {
  const index = order.indexOf(name);
  return index === -1 ? {} : { bootindex: index + 1 };
}
