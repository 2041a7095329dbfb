import { LodgeError } from "@lodge/api/errors";
import type { InstanceId, LiveDisk, Progress, PullRequest } from "@lodge/core";
import type { QmpClient } from "@lodge/qmp";
import { deviceId, nodeName } from "../hardware/device.ts";
import { blockNode } from "../hardware/disks.ts";
import { peripheralPath } from "../plugging/peripherals.ts";
import { asOperation } from "../refusal.ts";
import { streamBlocks } from "./block-job.ts";
import { between, chainPaths, filePath } from "./disk-chain.ts";

/** The root disk of a QEMU that runs. Nodes are found by the files beneath them: an earlier daemon may have added them. */
export class QemuLiveDisk implements LiveDisk {
  readonly #id: InstanceId;
  readonly #qmp: () => QmpClient;
  readonly #device: string;

  /** `device`: of the root disk, in the configuration. */
  constructor(id: InstanceId, qmp: () => QmpClient, device: string) {
    this.#id = id;
    this.#qmp = qmp;
    this.#device = device;
  }

  top(): Promise<string> {
    return asOperation(this.#id, async () => (await this.#root()).chain[0] ?? "");
  }

  switchTo(overlay: string, from: string): Promise<void> {
    return asOperation(this.#id, () => this.#switch(overlay, from));
  }

  pull(request: PullRequest, progress: Progress, signal: AbortSignal): Promise<void> {
    return asOperation(this.#id, () => this.#stream(request, progress, signal));
  }

  async #switch(overlay: string, from: string): Promise<void> {
    const qmp = this.#qmp();
    const { node, chain } = await this.#root();
    if (chain[0] !== from) throw unexpected(`it writes to ${chain[0]}, not to ${from}`);
    const content = { kind: "overlay", path: overlay } as const;
    // Its backing file is the node that it is put on.
    const options = { ...blockNode({ name: overlay, content, readonly: false }), backing: null };
    await qmp.execute("blockdev-add", options);
    try {
      await qmp.execute("blockdev-snapshot", { node, overlay: nodeName(overlay) });
    } catch (error) {
      if ((await this.top()) !== overlay) await forget(qmp, nodeName(overlay));
      throw error;
    }
  }

  async #stream({ into, base, backing }: PullRequest, progress: Progress, signal: AbortSignal): Promise<void> {
    const qmp = this.#qmp();
    const nodes = await diskNodes(qmp);
    const [node, baseNode] = [nodes.get(into), base === undefined ? undefined : nodes.get(base)];
    if (node === undefined || (base !== undefined && baseNode === undefined))
      throw unexpected(`it has not opened ${node === undefined ? into : base}`);
    const merged = between((await this.#root()).chain, into, base);
    const standing = baseNode === undefined ? {} : { "base-node": baseNode, "backing-file": backing };
    await streamBlocks(qmp, { device: node, ...standing }, progress, signal);
    // Nodes that were added by name stay, and keep their files open.
    for (const path of merged) {
      const left = nodes.get(path);
      if (left !== undefined) await forget(qmp, left);
    }
  }

  async #root(): Promise<{ readonly node: string; readonly chain: readonly string[] }> {
    const id = deviceId(this.#device);
    const devices = await this.#qmp().execute("query-block");
    const root = devices.find(({ qdev = "" }) => qdev === id || `${qdev}/`.startsWith(`${peripheralPath(id)}/`));
    const node = root?.inserted?.["node-name"];
    if (!root?.inserted || node === undefined) throw unexpected("it has no root disk");
    return { node, chain: chainPaths(root.inserted.image) };
  }
}

/** Names of the qcow2 nodes by their files. */
async function diskNodes(qmp: QmpClient): Promise<Map<string, string>> {
  const nodes = await qmp.execute("query-named-block-nodes", { flat: true });
  return new Map(
    nodes.flatMap(({ drv, file, "node-name": name }) => {
      const path = drv === "qcow2" ? filePath(file) : undefined;
      return path === undefined || name === undefined ? [] : [[path, name] as const];
    }),
  );
}

/** One that QEMU named itself goes by itself. */
async function forget(qmp: QmpClient, node: string): Promise<void> {
  await qmp.execute("blockdev-del", { "node-name": node }).catch(() => undefined);
}

function unexpected(problem: string): LodgeError {
  return new LodgeError({
    code: "instance_operation_failed",
    message: `QEMU's disks are not what was expected: ${problem}. Stop the instance and start it again.`,
  });
}
