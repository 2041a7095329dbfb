import { isTrue } from "@lodge/api";
import { hasNetworkConfig } from "../instances/cloud-init/seed.ts";
import type { Launching } from "./shape.ts";
import { sizeRefusal } from "./sizes.ts";

type Settings = Readonly<Record<string, string>>;

/** Why an instance cannot begin as a fork of a template and boots, as the end of a sentence; undefined: it can. */
export function templateRefusal({ record, config, devices }: Launching): string | undefined {
  if (record.type !== "virtual-machine") return "it is a container";
  if (record.fingerprint === undefined) return "it has no image";
  if (/windows/i.test(config["image.os"] ?? "")) return "templates are for Linux";
  if (config["raw.qemu"]) return "it has raw.qemu";
  if (isTrue(config["limits.memory.hugepages"])) return "its memory is to be in huge pages";
  if (isTrue(config["security.secureboot"])) return "it has Secure Boot";
  if (config["security.csm"] !== undefined && !isTrue(config["security.csm"])) return "it has UEFI";
  if (hasNetworkConfig(config)) return "it has a network configuration for cloud-init";
  const size = sizeRefusal(config);
  if (size !== undefined) return size;
  for (const [name, device] of Object.entries(devices).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const refusal = deviceRefusal(device);
    if (refusal !== undefined) return `its device "${name}" ${refusal}`;
  }
  return undefined;
}

function deviceRefusal(device: Settings): string | undefined {
  switch (device["type"]) {
    case "proxy":
      return undefined;
    case "disk":
      return device["path"] === "/" ? undefined : "is a disk beside the root";
    case "nic":
      if (!device["network"]) return "is on no network of Lodge's";
      return device["boot.priority"] ? "has a boot.priority" : undefined;
    default:
      return `is a ${device["type"]}`;
  }
}
