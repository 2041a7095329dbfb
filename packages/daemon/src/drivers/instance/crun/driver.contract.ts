/**
 * Real crun and conmon. The tests run inside a mount namespace like the daemon's, which a process enters by executing
 * itself anew: so this file starts vitest a second time.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, test } from "vitest";
import { createMountNamespace, removeNamespaces } from "../../../system/namespaces.ts";
import { LodgePaths } from "../../../system/paths.ts";
import { describeContainers } from "./testing/container-tests.ts";
import { keepArchive } from "./testing/root-file-system.ts";

const variable = "LODGE_CONTRACT_DIR";
const inside = process.env[variable];
const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../../../..");

if (inside) describeContainers(inside, await keepArchive());
else {
  test("the crun driver keeps the contract in a mount namespace of its own", { timeout: 900_000 }, async () => {
    await keepArchive();
    const directory = await mkdtemp(join(tmpdir(), "lodge-crun-"));
    const paths = new LodgePaths(directory);
    try {
      // What lies in it is looked up by the ids of containers.
      await chmod(directory, 0o711);
      await createMountNamespace(paths);
      const vitest = [join(repository, "node_modules/vitest/vitest.mjs"), "run", "--project", "contract"];
      const enter = [`--mount=${join(paths.namespaces, "mnt")}`, `--wd=${repository}`, "--"];
      const result = await execa("nsenter", [...enter, process.execPath, ...vitest, fileURLToPath(import.meta.url)], {
        env: { [variable]: directory, VITEST: undefined, NODE_ENV: undefined },
        all: true,
        reject: false,
        timeout: 800_000,
      });
      expect(result.exitCode, result.all).toBe(0);
    } finally {
      await removeNamespaces(paths);
      await rm(directory, { recursive: true, force: true });
    }
  });
}
