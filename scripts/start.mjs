/** `npm start`: from a fresh checkout to a container and a virtual machine side by side. Every step may run again. */
import { installCommands } from "./host/commands.mjs";
import { ensureDaemon } from "./host/daemon.mjs";
import { makeGroup } from "./host/group.mjs";
import { ensureImages, lodge } from "./host/images.mjs";
import { ensureInstances, showInstances } from "./host/instances.mjs";
import { record } from "./host/record.mjs";
import { build } from "./setup/build.mjs";
import { runScript } from "./setup/failure.mjs";
import { checkout } from "./setup/places.mjs";
import { prepare } from "./setup/prepare.mjs";
import { asRoot } from "./setup/root.mjs";
import { say } from "./setup/step.mjs";

const next = `
Try next:
  lodge list                                  what there is
  lodge shell web                             a shell in the container (db: in the virtual machine)
  lodge exec db -- uname -r                   a kernel of its own; web shares the host's
  lodge exec web -- getent hosts db.lodge     instances know each other by name
  lodge launch tiny t1 --vm                   a virtual machine that answers within seconds
  lodge --help                                everything else
  npm run uninstall                           take everything away again
Members of the group \`lodge\` need no root: usermod -aG lodge USER, then log in anew.`;

await runScript(async () => {
  if (!(await asRoot())) return;
  const made = await prepare();
  if (made.packages.length > 0) record({ packages: made.packages });
  if (made.checkoutChanged) record({ checkouts: [checkout] });
  await build();
  await makeGroup();
  await installCommands();
  await ensureDaemon();
  await ensureImages();
  await ensureInstances();
  await showInstances();
  say(next);
  say(
    "\nThe web console, signed in by a link that is good once, within ten minutes (`lodge console-url` prints another):",
  );
  await lodge(["--quiet", "console-url"], 30_000);
});
