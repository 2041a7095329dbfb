import { boolean, hexadecimal4, integer, text } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";
import { nodeKeys } from "./node-keys.ts";

export const usb: DeviceType = {
  type: "usb",
  doc: "USB devices of the host: all to which the given keys apply. They are looked for when the instance starts and when the device is added. A virtual machine takes them from the host's drivers until it ends or they are removed.",
  types: both,
  keys: [
    { key: "vendorid", doc: "Vendor, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    { key: "productid", doc: "Product, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    { key: "serial", doc: "Serial number that the device tells.", default: "any", check: text },
    { key: "busnum", doc: "Number of the bus.", default: "any", check: integer(0, 999) },
    { key: "devnum", doc: "Number of the device on its bus.", default: "any", check: integer(0, 999) },
    ...nodeKeys("0660"),
    {
      key: "required",
      doc: "Whether the instance does not start while there is no such device.",
      default: "false",
      check: boolean,
    },
  ],
};
