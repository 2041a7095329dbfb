import { integer, interfaceName, macAddress, oneOf, text } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";

export const nic: DeviceType = {
  type: "nic",
  doc: "A network interface on a managed network.",
  types: both,
  keys: [
    { key: "network", doc: "The managed network (`lodge network list`).", default: "", check: text },
    { key: "name", doc: "Name of the interface inside.", default: "the device's name", check: interfaceName },
    { key: "hwaddr", doc: "MAC address.", default: "chosen by the daemon", check: macAddress },
    {
      key: "model",
      doc: "What the guest sees. Foreign systems without virtio drivers want `e1000e`, old ones `e1000`.",
      default: "virtio",
      types: ["virtual-machine"],
      check: oneOf("virtio", "e1000", "e1000e"),
    },
    {
      key: "boot.priority",
      doc: "The firmware tries devices with a higher number first; with one, it boots from the network (PXE).",
      default: "not booted",
      types: ["virtual-machine"],
      check: integer(0, 999),
    },
  ],
};
