import { bitRate } from "../rates.ts";
import {
  boolean,
  hostInterface,
  integer,
  interfaceName,
  ipv4Address,
  ipv6Address,
  macAddress,
  oneOf,
  text,
} from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";

export const nic: DeviceType = {
  type: "nic",
  doc:
    "A network interface: on a managed network (`network`), or on an interface of the host and so in the LAN that this is in " +
    "(`nictype` and `parent`). An instance sends under its own addresses and no others unless filters are switched off; " +
    "without `security.mac_filtering` nothing is filtered at all.",
  types: both,
  keys: [
    {
      key: "network",
      doc: "The managed network (`lodge network list`).",
      default: "",
      check: text,
    },
    {
      key: "nictype",
      doc: "How it is connected to the parent. `bridged`: as a port of the host's bridge. `macvlan`: beside the host's own interface, with a MAC of its own; host and instance do not reach each other this way.",
      default: "",
      check: oneOf("bridged", "macvlan"),
    },
    {
      key: "parent",
      doc: "Interface of the host: a bridge for `bridged`, one that leads to the LAN for `macvlan`. It must be there when the instance starts.",
      default: "",
      check: hostInterface,
    },
    { key: "name", doc: "Name of the interface inside.", default: "the device's name", check: interfaceName },
    { key: "hwaddr", doc: "MAC address.", default: "chosen by the daemon", check: macAddress },
    {
      key: "mtu",
      doc: "Size in bytes of the largest packet, at most that of the network or parent.",
      default: "that of the network or parent",
      check: integer(1280, 65_521),
    },
    {
      key: "ipv4.address",
      doc: "A fixed address: on a managed network one of its addresses that nobody else has, which the instance gets by DHCP; with `bridged` the one that it may use. Not for `macvlan`.",
      default: "on a managed network: chosen by the daemon",
      check: ipv4Address,
    },
    {
      key: "ipv6.address",
      doc: "As ipv4.address; the managed network needs `ipv6.dhcp.stateful=true`.",
      default: "on a managed network: formed of the MAC",
      check: ipv6Address,
    },
    {
      key: "security.mac_filtering",
      doc: "Whether the instance can send under its own MAC alone. Not for `macvlan`, which cannot filter.",
      default: "true",
      check: boolean,
    },
    {
      key: "security.ipv4_filtering",
      doc: "Whether the instance can send under its own IPv4 address alone.",
      default: "true where Lodge knows the address, if security.mac_filtering is true",
      check: boolean,
    },
    {
      key: "security.ipv6_filtering",
      doc: "Whether the instance can send under its own IPv6 addresses alone.",
      default: "true where Lodge knows the address, if security.mac_filtering is true",
      check: boolean,
    },
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
    {
      key: "limits.ingress",
      doc: "What comes in at most, in bits a second (`100Mbit`). Not for `macvlan` in containers. Changes at once.",
      default: "no limit",
      check: bitRate,
    },
    {
      key: "limits.egress",
      doc: "What goes out at most, as `limits.ingress`.",
      default: "no limit",
      check: bitRate,
    },
    {
      key: "limits.max",
      doc: "Both of `limits.ingress` and `limits.egress`, in place of what they say.",
      default: "no limit",
      check: bitRate,
    },
  ],
};
