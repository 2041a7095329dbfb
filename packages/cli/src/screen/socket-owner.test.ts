import { expect, test } from "vitest";
import { ownerOf } from "./socket-owner.ts";

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:170C 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 1002 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:C350 0100007F:170C 01 00000000:00000000 00:00000000 00000000  1000        0 1003 1 0000000000000000 20 4 30 10 -1
   3: 0200000A:C351 0100007F:170C 01 00000000:00000000 00:00000000 00000000  1001        0 1004 1 0000000000000000 20 4 30 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:C352 0000000000000000FFFF00000100007F:170C 01 00000000:00000000 00:00000000 00000000  1002        0 1005 1 0000000000000000 20 4 30 10 -1
`;

test.each([
  ["a client", 0xc350, 1000],
  ["the server's own end", 0x170c, undefined],
  ["another address", 0xc351, undefined],
  ["a client that speaks IPv6", 0xc352, 1002],
  ["nobody", 0xc353, undefined],
])("%s", (_who, port, uid) => expect(ownerOf(table, port, 0x170c)).toBe(uid));
