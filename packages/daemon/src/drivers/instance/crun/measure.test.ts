import { expect, it } from "vitest";
import { parseInterfaces } from "./measure.ts";

it("reads interfaces but the loopback", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
  eth0:1234 10 1 2 0 0 0 0 567 8 3 4 0 0 0 0
`;
  expect(parseInterfaces(text)).toEqual([
    {
      ...{ device: "eth0", bytesReceived: 1234, packetsReceived: 10, errorsReceived: 1, dropsReceived: 2 },
      ...{ bytesSent: 567, packetsSent: 8, errorsSent: 3, dropsSent: 4 },
    },
  ]);
  expect(parseInterfaces("")).toEqual([]);
});
