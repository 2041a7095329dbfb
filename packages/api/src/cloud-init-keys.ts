/** Configuration keys for cloud-init in the guest. */
import type { ConfigKey } from "./config-keys.ts";
import { text } from "./values.ts";

const both = ["container", "virtual-machine"] as const;
const shared = { types: both, check: text, live: false } as const;

export const cloudInitKeys: readonly ConfigKey[] = [
  {
    key: "cloud-init.user-data",
    doc: "What cloud-init in the guest is to do: `#cloud-config` and YAML, or a script. Seen at the next start; with a change of any of these keys, of the instance's name or of its nics cloud-init takes the instance for a new one. Older name: user.user-data.",
    default: "none; with one of the other keys: #cloud-config",
    ...shared,
  },
  {
    key: "cloud-init.vendor-data",
    doc: "As user-data, which comes before it: for profiles. Older name: user.vendor-data.",
    default: "containers: none; VMs with one of the other keys: a script that makes `lodge exec` work in them",
    ...shared,
  },
  {
    key: "cloud-init.network-config",
    doc: "cloud-init's network configuration, version 1 or 2. Older name: user.network-config.",
    default: "none: cloud-init chooses DHCP",
    ...shared,
  },
];
