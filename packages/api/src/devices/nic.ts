import { interfaceName, macAddress, text } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";

export const nic: DeviceType = {
  type: "nic",
  doc: "A network interface on a managed network.",
  types: both,
  keys: [
    { key: "network", doc: "The managed network (`lodge network list`).", default: "", check: text },
    { key: "name", doc: "Name of the interface inside.", default: "the device's name", check: interfaceName },
    { key: "hwaddr", doc: "MAC address.", default: "chosen by the daemon", check: macAddress },
  ],
};
