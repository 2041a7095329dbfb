/** The group whose members may use Lodge without being root. */
import { attempt, run } from "../setup/run.mjs";
import { step } from "../setup/step.mjs";
import { record } from "./record.mjs";

const group = "lodge";

export async function makeGroup() {
  await step(`Group ${group}`, async () => {
    if ((await attempt("getent", ["group", group])).status === 0) return "there";
    await run("groupadd", ["--system", group]);
    record({ group });
    return "made; its members may use lodge without root";
  });
}

/** @param {string | undefined} made The group, if set-up made it. */
export async function removeGroup(made) {
  if (!made || (await attempt("getent", ["group", made])).status !== 0) return;
  await step(`Group ${made}`, async () => {
    await run("groupdel", [made]);
    return "removed";
  });
}
