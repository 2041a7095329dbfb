import { boolean, integer, octalMode, oneOf, text } from "../values.ts";
import { both, type DeviceType } from "./device-type.ts";

export const proxy: DeviceType = {
  type: "proxy",
  doc: "Connections to an address of the host that are passed on to one inside, or the other way round. Addresses are `tcp:IP:PORTS`, `udp:IP:PORTS` (ports such as `80`, `8000-8010` or `80,443`), `unix:PATH` and `unix:@NAME` (abstract).",
  types: both,
  keys: [
    {
      key: "listen",
      doc: "Where connections are accepted. On the host, unless `bind=instance`.",
      default: "",
      check: text,
    },
    {
      key: "connect",
      doc: "Where they are passed on to: as many ports as in `listen`, or one. Inside a container `127.0.0.1` is the container itself. A virtual machine is reached over its network: `0.0.0.0` and `[::]` stand for its address there.",
      default: "",
      check: text,
    },
    {
      key: "bind",
      doc: "The side that listens; `guest` and `container` mean `instance`.",
      default: "host",
      check: oneOf("host", "instance", "guest", "container"),
    },
    {
      key: "nat",
      doc: "Whether the host's firewall translates the address instead of a program that passes data on. The instance sees who connects, the host's loopback addresses do not work.",
      default: "false",
      check: boolean,
    },
    {
      key: "proxy_protocol",
      doc: "Whether the instance is told who connects, by the PROXY protocol (version 1).",
      default: "false",
      check: boolean,
    },
    { key: "mode", doc: "Permissions of a listening unix socket, octal.", default: "0644", check: octalMode },
    { key: "uid", doc: "Owner of a listening unix socket.", default: "0", check: integer(0, 65_535) },
    { key: "gid", doc: "Group of a listening unix socket.", default: "0", check: integer(0, 65_535) },
    {
      key: "security.uid",
      doc: "User as whom unix sockets are connected to, inside or (`bind=instance`) on the host.",
      default: "0",
      check: integer(0, 65_535),
    },
    {
      key: "security.gid",
      doc: "Group as which unix sockets are connected to.",
      default: "0",
      check: integer(0, 65_535),
    },
  ],
};
