import { expect, test } from "vitest";
import { type SilentGuest, silenceError } from "./silence.ts";

const guest: SilentGuest = { name: "db", accelerator: "tcg", running: 12.7, answered: false, portOpen: false };

test.each<[Partial<SilentGuest>, string, RegExp]>([
  [{ portOpen: true }, "instance_not_ready", /port open and does not answer yet/],
  [{}, "instance_not_ready", /not opened Lodge's port in the 12 s since its start\. It is still booting, or/],
  [{ running: 599 }, "instance_not_ready", /599 s/],
  [{ running: 600 }, "guest_unprepared", /600 s .*not made for Lodge, or its boot hangs.*docs\/how-to\/cloud-init\.md/],
  [{ accelerator: "kvm", running: 120 }, "guest_unprepared", /120 s/],
  [{ answered: true, running: 5000 }, "instance_not_ready", /answered before and does not any more/],
])("%j is %s", (more, code, message) => {
  const error = silenceError({ ...guest, ...more });
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  if (!more.portOpen) expect(error.message).toMatch(/"lodge console db", "lodge screenshot db" and "lodge keys db"/);
});
