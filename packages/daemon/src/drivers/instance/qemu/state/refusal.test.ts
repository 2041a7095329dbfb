import { expect, test } from "vitest";
import { refuseState, type StateQuestion } from "./refusal.ts";

const nothing: StateQuestion = { machine: undefined, blocked: [], use: "snapshot" };

test.each<[Partial<StateQuestion>, string]>([
  [{}, "an earlier version of Lodge started it; restart it once"],
  [{ unknown: "data" }, 'nothing was noted of its device "data"; restart the instance once'],
  [{ hostDevice: "key", unknown: "key" }, 'its device "key" is one of the host'],
  [
    { hostDevice: "card", blocked: ["0000:01:00.0: VFIO migration is not supported"] },
    'its device "card" is one of the host',
  ],
  [{ blocked: ["Migration is disabled: vhost-user-fs"] }, "it has a shared directory"],
  [{ blocked: ["migration of nvme"] }, "it has a disk on nvme; set io.bus to another bus"],
  [{ blocked: ["something else"] }, "QEMU says: something else"],
])("with %j: %s", (more, words) => expect(refuseState({ ...nothing, ...more })).toBe(words));
