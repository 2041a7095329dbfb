import { expect, test } from "vitest";
import { bareCommandLine } from "./bare-command-line.ts";

const replacements = new Map([["/pool/root.qcow2", "/mine/disk"]]);

test.each([
  {
    what: "what says what the machine is stays",
    args: ["-nodefaults", "-m", "size=512M"],
    bare: ["-nodefaults", "-m", "size=512M"],
  },
  {
    what: "the disk is one's own",
    args: ["-blockdev", '{"driver":"qcow2","file":{"filename":"/pool/root.qcow2"}}'],
    bare: ["-blockdev", '{"driver":"qcow2","file":{"filename":"/mine/disk"}}'],
  },
  {
    what: "channels are sockets of one's own, without logs",
    args: ["-add-fd", "fd=7,set=1", "-chardev", "socket,id=agent,fd=4,server=on,wait=off,logfile=/dev/fdset/1"],
    bare: ["-chardev", "socket,id=agent,path=/mine/agent,server=on,wait=off"],
  },
  {
    what: "the nic has a cable that leads nowhere",
    args: ["-netdev", "tap,id=net-eth0,fd=8"],
    bare: ["-netdev", "hubport,id=net-eth0,hubid=0"],
  },
  { what: "the screen", args: ["-vnc", "unix:/run/vnc,share=ignore"], bare: ["-vnc", "unix:/mine/vnc,share=ignore"] },
  { what: "an option without a value at the end", args: ["-S"], bare: ["-S"] },
])("$what", ({ args, bare }) => {
  expect(bareCommandLine(args, { replacements, directory: "/mine" })).toEqual(bare);
});

test("or a tap of one's own", () => {
  const args = ["-netdev", "tap,id=net-eth0,fd=8"];
  expect(bareCommandLine(args, { replacements, directory: "/mine", tap: "tap0" })).toEqual([
    "-netdev",
    "tap,id=net-eth0,ifname=tap0,script=no,downscript=no",
  ]);
});
