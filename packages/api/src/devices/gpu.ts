import { hexadecimal4, integer, oneOf, pciAddress } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";
import { nodeKeys } from "./node-keys.ts";

export const gpu: DeviceType = {
  type: "gpu",
  doc: "Graphics cards of the host to which the given keys apply. A container shares them with the host: it gets the nodes in /dev/dri of all of them. A virtual machine gets one card for itself while it runs, with all functions of its slot (as `pci`).",
  types: both,
  keys: [
    { key: "gputype", doc: "How the card is given.", default: "physical", check: oneOf("physical") },
    { key: "id", doc: "Number of the card: N of /dev/dri/cardN.", default: "any", check: integer(0, 255) },
    { key: "pci", doc: "PCI address of the card.", default: "any", check: pciAddress },
    { key: "vendorid", doc: "Vendor, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    { key: "productid", doc: "Product, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    ...nodeKeys("0660"),
  ],
};
