/** How a machine comes to its kernel. */
export type Boot =
  | { readonly kind: "firmware" }
  | { readonly kind: "direct"; readonly kernel: string; readonly initrd: string; readonly cmdline: string };

export function bootArguments(boot: Boot): string[] {
  // Nothing is tried but what was given a place in the order.
  if (boot.kind === "firmware") return ["-boot", "menu=off,strict=on"];
  return ["-kernel", boot.kernel, "-initrd", boot.initrd, "-append", boot.cmdline];
}
