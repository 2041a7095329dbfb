import { hexadecimal4, integer, oneOf, pciAddress } from "../values.ts";
import type { DeviceType } from "./device-type.ts";
import { nodeKeys } from "./node-keys.ts";

export const gpu: DeviceType = {
  type: "gpu",
  doc: "Graphics cards of the host, shared with it: the nodes in /dev/dri of all to which the given keys apply.",
  types: ["container"],
  keys: [
    { key: "gputype", doc: "How the card is given.", default: "physical", check: oneOf("physical") },
    { key: "id", doc: "Number of the card: N of /dev/dri/cardN.", default: "any", check: integer(0, 255) },
    { key: "pci", doc: "PCI address of the card.", default: "any", check: pciAddress },
    { key: "vendorid", doc: "Vendor, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    { key: "productid", doc: "Product, four hexadecimal digits.", default: "any", check: hexadecimal4 },
    ...nodeKeys("0660"),
  ],
};
