import type { DirectBoot } from "@lodge/core";

/** How a machine comes to its kernel. */
export type Boot =
  | ({ readonly kind: "direct"; readonly initrd?: string } & Pick<DirectBoot, "kernel" | "cmdline">)
  | { readonly kind: "bios" }
  | {
      readonly kind: "uefi";
      readonly secureBoot: boolean;
      /** Path of the firmware's code. */
      readonly code: string;
      /** Of its variables: `/dev/fdset/N`; or, in a machine that never runs, their bytes. */
      readonly variables: string | number;
    };

export function bootArguments(boot: Boot): string[] {
  switch (boot.kind) {
    case "direct":
      return [
        ...["-kernel", boot.kernel, "-append", boot.cmdline],
        ...(boot.initrd === undefined ? [] : ["-initrd", boot.initrd]),
      ];
    case "bios":
      return firmwareOrder;
    case "uefi":
      return [...firmwareOrder, ...flash("code", boot.code, true), ...flash("variables", boot.variables, false)];
  }
}

/** Nothing is tried but what was given a place in the order. */
const firmwareOrder = ["-boot", "menu=off,strict=on"];

function flash(name: string, content: string | number, readonly: boolean): string[] {
  const file =
    typeof content === "number"
      ? { driver: "null-co", size: content }
      : { driver: "file", filename: content, "read-only": readonly };
  return ["-blockdev", JSON.stringify({ driver: "raw", "node-name": `uefi-${name}`, "read-only": readonly, file })];
}

/** Options of `-machine` and others that the firmware asks for. */
export function firmwareMachine(boot: Boot): { readonly options: string; readonly more: readonly string[] } {
  if (boot.kind !== "uefi") return { options: "", more: [] };
  const options = ",pflash0=uefi-code,pflash1=uefi-variables";
  if (!boot.secureBoot) return { options, more: [] };
  // Only the firmware itself, in system management mode, may write the variables: else the guest could enrol keys of its own.
  return { options: `${options},smm=on`, more: ["-global", "driver=cfi.pflash01,property=secure,value=on"] };
}
