import { Readable } from "node:stream";
import { type CloudInitSeed, defaultData, type GuestFiles, type InstanceSpec } from "@lodge/core";
import { containerFiles } from "./container-files.ts";

/** Where cloud-init's NoCloud data source looks in a root file system. */
const directory = "/var/lib/cloud/seed/nocloud-net";

/** Lays the seed into a prepared root. What an earlier start laid there is replaced. */
export async function layCloudInitSeed(spec: InstanceSpec, seed: CloudInitSeed): Promise<void> {
  const files = await containerFiles(spec, undefined, spec.root);
  try {
    await makeDirectories(files);
    for (const [name, content] of Object.entries(seedFiles(seed))) {
      const path = `${directory}/${name}`;
      // Passwords and keys may be in there.
      if (content !== undefined) await files.write(path, Readable.from([content]), { uid: 0, gid: 0, mode: 0o600 });
      else if ((await files.list(directory)).includes(name)) await files.remove(path);
    }
  } finally {
    await files.close();
  }
}

function seedFiles({ metaData, userData, vendorData, networkConfig }: CloudInitSeed) {
  return {
    "meta-data": metaData,
    "user-data": userData,
    "vendor-data": vendorData ?? defaultData,
    "network-config": networkConfig,
  };
}

async function makeDirectories(files: GuestFiles): Promise<void> {
  const names = directory.slice(1).split("/");
  for (const depth of names.keys()) await files.makeDirectory(`/${names.slice(0, depth + 1).join("/")}`, {});
}
