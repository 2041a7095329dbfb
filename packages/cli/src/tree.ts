import type { CommandFactory } from "./lodge-command.ts";

/** A command, loaded when it is called: starting must not pay for the others. */
export interface Leaf {
  readonly load: () => Promise<{ readonly default: CommandFactory }>;
  readonly hidden?: true;
}

/** A noun with commands of its own. */
export interface Branch {
  readonly summary: string;
  readonly children: Tree;
  /** Other words for the same commands, for those who know them from elsewhere: `device`. */
  readonly aliasOf?: string;
}

export type Tree = Readonly<Record<string, Leaf | Branch>>;

export const isBranch = (node: Leaf | Branch): node is Branch => "children" in node;

const device: Tree = {
  add: { load: () => import("./commands/device/add.ts") },
  remove: { load: () => import("./commands/device/remove.ts") },
  set: { load: () => import("./commands/device/set.ts") },
  get: { load: () => import("./commands/device/get.ts") },
  unset: { load: () => import("./commands/device/unset.ts") },
  list: { load: () => import("./commands/device/list.ts") },
  show: { load: () => import("./commands/device/show.ts") },
  override: { load: () => import("./commands/device/override.ts") },
};

const trust: Tree = {
  add: { load: () => import("./commands/trust/add.ts") },
  list: { load: () => import("./commands/trust/list.ts") },
  show: { load: () => import("./commands/trust/show.ts") },
  edit: { load: () => import("./commands/trust/edit.ts") },
  remove: { load: () => import("./commands/trust/remove.ts") },
  "list-tokens": { load: () => import("./commands/trust/list-tokens.ts") },
  "revoke-token": { load: () => import("./commands/trust/revoke-token.ts") },
  fingerprint: { load: () => import("./commands/trust/fingerprint.ts") },
  renew: { load: () => import("./commands/trust/renew.ts") },
};

const remote: Tree = {
  add: { load: () => import("./commands/remote/add.ts") },
  list: { load: () => import("./commands/remote/list.ts") },
  switch: { load: () => import("./commands/remote/switch.ts") },
  "get-default": { load: () => import("./commands/remote/get-default.ts") },
  rename: { load: () => import("./commands/remote/rename.ts") },
  "set-url": { load: () => import("./commands/remote/set-url.ts") },
  remove: { load: () => import("./commands/remote/remove.ts") },
};

const metadata: Tree = {
  show: { load: () => import("./commands/metadata/show.ts") },
  edit: { load: () => import("./commands/metadata/edit.ts") },
};

const fileTemplate: Tree = {
  list: { load: () => import("./commands/file-template/list.ts") },
  show: { load: () => import("./commands/file-template/show.ts") },
  create: { load: () => import("./commands/file-template/create.ts") },
  edit: { load: () => import("./commands/file-template/edit.ts") },
  delete: { load: () => import("./commands/file-template/delete.ts") },
};

const config: Tree = {
  get: { load: () => import("./commands/config/get.ts") },
  set: { load: () => import("./commands/config/set.ts") },
  unset: { load: () => import("./commands/config/unset.ts") },
  show: { load: () => import("./commands/config/show.ts") },
  edit: { load: () => import("./commands/config/edit.ts") },
  keys: { load: () => import("./commands/config/keys.ts") },
  metadata: { summary: "What an instance has of its image's metadata", children: metadata },
  template: { summary: "Templates of files that a container is given when it starts", children: fileTemplate },
  trust: { summary: "Say who may use the daemon by HTTPS", children: trust },
  device: { summary: "The same as `lodge device`", children: device, aliasOf: "device" },
};

/** The same commands for the devices of profiles. */
const ofProfile = (load: () => Promise<{ readonly ofProfile: CommandFactory }>): Leaf => ({
  load: async () => ({ default: (await load()).ofProfile }),
});

const snapshot: Tree = {
  create: { load: () => import("./commands/snapshot/create.ts") },
  list: { load: () => import("./commands/snapshot/list.ts") },
  show: { load: () => import("./commands/snapshot/show.ts") },
  restore: { load: () => import("./commands/snapshot/restore.ts") },
  rename: { load: () => import("./commands/snapshot/rename.ts") },
  delete: { load: () => import("./commands/snapshot/delete.ts") },
};

const profile: Tree = {
  create: { load: () => import("./commands/profile/create.ts") },
  list: { load: () => import("./commands/profile/list.ts") },
  show: { load: () => import("./commands/profile/show.ts") },
  edit: { load: () => import("./commands/profile/edit.ts") },
  get: { load: () => import("./commands/profile/get.ts") },
  set: { load: () => import("./commands/profile/set.ts") },
  unset: { load: () => import("./commands/profile/unset.ts") },
  assign: { load: () => import("./commands/profile/assign.ts") },
  add: { load: () => import("./commands/profile/add.ts") },
  remove: { load: () => import("./commands/profile/remove.ts") },
  copy: { load: () => import("./commands/profile/copy.ts") },
  rename: { load: () => import("./commands/profile/rename.ts") },
  delete: { load: () => import("./commands/profile/delete.ts") },
  device: {
    summary: "Add, change and remove devices of profiles",
    children: {
      add: ofProfile(() => import("./commands/device/add.ts")),
      remove: ofProfile(() => import("./commands/device/remove.ts")),
      set: ofProfile(() => import("./commands/device/set.ts")),
      get: ofProfile(() => import("./commands/device/get.ts")),
      unset: ofProfile(() => import("./commands/device/unset.ts")),
      list: ofProfile(() => import("./commands/device/list.ts")),
      show: ofProfile(() => import("./commands/device/show.ts")),
    },
  },
};

const file: Tree = {
  push: { load: () => import("./commands/file/push.ts") },
  pull: { load: () => import("./commands/file/pull.ts") },
  edit: { load: () => import("./commands/file/edit.ts") },
  create: { load: () => import("./commands/file/create.ts") },
  delete: { load: () => import("./commands/file/delete.ts") },
  sftp: { load: () => import("./commands/file/sftp.ts") },
};

const imageAlias: Tree = {
  add: { load: () => import("./commands/image-alias/add.ts") },
  remove: { load: () => import("./commands/image-alias/remove.ts") },
  list: { load: () => import("./commands/image-alias/list.ts") },
};

const image: Tree = {
  build: { load: () => import("./commands/image/build.ts") },
  list: { load: () => import("./commands/image/list.ts") },
  info: { load: () => import("./commands/image/info.ts") },
  show: { load: () => import("./commands/image/show.ts") },
  edit: { load: () => import("./commands/image/edit.ts") },
  import: { load: () => import("./commands/image/import.ts") },
  export: { load: () => import("./commands/image/export.ts") },
  copy: { load: () => import("./commands/image/copy.ts") },
  refresh: { load: () => import("./commands/image/refresh.ts") },
  serve: { load: () => import("./commands/image/serve.ts") },
  delete: { load: () => import("./commands/image/delete.ts") },
  alias: { summary: "Name images", children: imageAlias },
};

const networkForward: Tree = {
  create: { load: () => import("./commands/network-forward/create.ts") },
  list: { load: () => import("./commands/network-forward/list.ts") },
  show: { load: () => import("./commands/network-forward/show.ts") },
  set: { load: () => import("./commands/network-forward/set.ts") },
  delete: { load: () => import("./commands/network-forward/delete.ts") },
  port: {
    summary: "Forward single ports",
    children: {
      add: { load: () => import("./commands/network-forward/port-add.ts") },
      remove: { load: () => import("./commands/network-forward/port-remove.ts") },
    },
  },
};

const network: Tree = {
  create: { load: () => import("./commands/network/create.ts") },
  list: { load: () => import("./commands/network/list.ts") },
  info: { load: () => import("./commands/network/info.ts") },
  show: { load: () => import("./commands/network/show.ts") },
  edit: { load: () => import("./commands/network/edit.ts") },
  set: { load: () => import("./commands/network/set.ts") },
  get: { load: () => import("./commands/network/get.ts") },
  unset: { load: () => import("./commands/network/unset.ts") },
  "list-leases": { load: () => import("./commands/network/list-leases.ts") },
  rename: { load: () => import("./commands/network/rename.ts") },
  delete: { load: () => import("./commands/network/delete.ts") },
  forward: { summary: "Lead external addresses to instances", children: networkForward },
};

const storageVolumeFile: Tree = {
  push: { load: () => import("./commands/storage-volume-file/push.ts") },
  pull: { load: () => import("./commands/storage-volume-file/pull.ts") },
  edit: { load: () => import("./commands/storage-volume-file/edit.ts") },
  create: { load: () => import("./commands/storage-volume-file/create.ts") },
  delete: { load: () => import("./commands/storage-volume-file/delete.ts") },
  sftp: { load: () => import("./commands/storage-volume-file/sftp.ts") },
};

const storageVolume: Tree = {
  create: { load: () => import("./commands/storage-volume/create.ts") },
  list: { load: () => import("./commands/storage-volume/list.ts") },
  show: { load: () => import("./commands/storage-volume/show.ts") },
  info: { load: () => import("./commands/storage-volume/info.ts") },
  edit: { load: () => import("./commands/storage-volume/edit.ts") },
  set: { load: () => import("./commands/storage-volume/set.ts") },
  get: { load: () => import("./commands/storage-volume/get.ts") },
  unset: { load: () => import("./commands/storage-volume/unset.ts") },
  rename: { load: () => import("./commands/storage-volume/rename.ts") },
  delete: { load: () => import("./commands/storage-volume/delete.ts") },
  copy: { load: () => import("./commands/storage-volume/copy.ts") },
  move: { load: () => import("./commands/storage-volume/move.ts") },
  attach: { load: () => import("./commands/storage-volume/attach.ts") },
  detach: { load: () => import("./commands/storage-volume/detach.ts") },
  snapshot: { load: () => import("./commands/storage-volume/snapshot.ts") },
  restore: { load: () => import("./commands/storage-volume/restore.ts") },
  export: { load: () => import("./commands/storage-volume/export.ts") },
  import: { load: () => import("./commands/storage-volume/import.ts") },
  file: { summary: "Files of volumes", children: storageVolumeFile },
};

const storage: Tree = {
  create: { load: () => import("./commands/storage/create.ts") },
  list: { load: () => import("./commands/storage/list.ts") },
  info: { load: () => import("./commands/storage/info.ts") },
  show: { load: () => import("./commands/storage/show.ts") },
  edit: { load: () => import("./commands/storage/edit.ts") },
  set: { load: () => import("./commands/storage/set.ts") },
  get: { load: () => import("./commands/storage/get.ts") },
  unset: { load: () => import("./commands/storage/unset.ts") },
  delete: { load: () => import("./commands/storage/delete.ts") },
  move: { load: () => import("./commands/storage-volume/move.ts") },
  volume: { summary: "Files and disks of their own, for any instance", children: storageVolume },
};

/** The commands by the heading under which `lodge help` shows them. */
export const headings: Readonly<Record<string, Tree>> = {
  "Instances:": {
    launch: { load: () => import("./commands/launch.ts") },
    init: { load: () => import("./commands/init.ts") },
    list: { load: () => import("./commands/list.ts") },
    info: { load: () => import("./commands/info.ts") },
    top: { load: () => import("./commands/top.ts") },
    start: { load: () => import("./commands/start.ts") },
    stop: { load: () => import("./commands/stop.ts") },
    restart: { load: () => import("./commands/restart.ts") },
    pause: { load: () => import("./commands/pause.ts") },
    resume: { load: () => import("./commands/resume.ts") },
    rename: { load: () => import("./commands/rename.ts") },
    move: { load: () => import("./commands/move.ts") },
    copy: { load: () => import("./commands/copy.ts") },
    fork: { load: () => import("./commands/fork.ts") },
    rebuild: { load: () => import("./commands/rebuild.ts") },
    delete: { load: () => import("./commands/delete.ts") },
    wait: { load: () => import("./commands/wait.ts") },
    snapshot: { summary: "Keep an instance as it is, and go back to that", children: snapshot },
    restore: { load: () => import("./commands/snapshot/restore.ts") },
    export: { load: () => import("./commands/export.ts") },
    import: { load: () => import("./commands/import.ts") },
    config: { summary: "Read and change configuration", children: config },
    device: { summary: "Add, change and remove devices", children: device },
    profile: { summary: "Configuration that instances share", children: profile },
  },
  "Inside an instance:": {
    exec: { load: () => import("./commands/exec.ts") },
    run: { load: () => import("./commands/run.ts") },
    shell: { load: () => import("./commands/shell.ts") },
    console: { load: () => import("./commands/console.ts") },
    "console-url": { load: () => import("./commands/console-url.ts") },
    keys: { load: () => import("./commands/keys.ts") },
    screen: {
      summary: "Read and watch a virtual machine's screen",
      children: {
        text: { load: () => import("./commands/screen/text.ts") },
        wait: { load: () => import("./commands/screen/wait.ts") },
      },
    },
    screenshot: { load: () => import("./commands/screenshot.ts") },
    file: { summary: "Copy, edit and make files inside instances", children: file },
  },
  "Images, networks, storage:": {
    image: { summary: "Build, list and move images", children: image },
    publish: { load: () => import("./commands/publish.ts") },
    template: {
      summary: "Warm virtual machines that launches fork from",
      children: {
        list: { load: () => import("./commands/template/list.ts") },
        build: { load: () => import("./commands/template/build.ts") },
        delete: { load: () => import("./commands/template/delete.ts") },
      },
    },
    network: { summary: "Make and change networks", children: network },
    storage: { summary: "Make and change storage pools", children: storage },
  },
  "The daemon:": {
    remote: { summary: "Know other servers, and work with them", children: remote },
    project: {
      summary: "Keep instances and what belongs to them apart",
      children: {
        create: { load: () => import("./commands/project/create.ts") },
        list: { load: () => import("./commands/project/list.ts") },
        info: { load: () => import("./commands/project/info.ts") },
        switch: { load: () => import("./commands/project/switch.ts") },
        edit: { load: () => import("./commands/project/edit.ts") },
        rename: { load: () => import("./commands/project/rename.ts") },
        delete: { load: () => import("./commands/project/delete.ts") },
        show: { load: () => import("./commands/project/show.ts") },
        get: { load: () => import("./commands/project/get.ts") },
        set: { load: () => import("./commands/project/set.ts") },
        unset: { load: () => import("./commands/project/unset.ts") },
      },
    },
    operation: {
      summary: "Look at and cancel operations",
      children: {
        list: { load: () => import("./commands/operation/list.ts") },
        show: { load: () => import("./commands/operation/show.ts") },
        cancel: { load: () => import("./commands/operation/cancel.ts") },
      },
    },
    warning: {
      summary: "See what is not as it should be",
      children: {
        list: { load: () => import("./commands/warning/list.ts") },
        show: { load: () => import("./commands/warning/show.ts") },
        acknowledge: { load: () => import("./commands/warning/acknowledge.ts") },
        delete: { load: () => import("./commands/warning/delete.ts") },
      },
    },
    governor: {
      summary: "See how memory is moved between instances, and why",
      children: {
        show: { load: () => import("./commands/governor/show.ts") },
        log: { load: () => import("./commands/governor/log.ts") },
      },
    },
    monitor: { load: () => import("./commands/monitor.ts") },
    host: {
      summary: "Look at the host, and shut its instances down",
      children: {
        info: { load: () => import("./commands/host/info.ts") },
        shutdown: { load: () => import("./commands/host/shutdown.ts") },
      },
    },
    version: { load: () => import("./commands/version.ts") },
    completion: { load: () => import("./commands/completion.ts") },
  },
  "Hidden:": {
    __complete: { load: () => import("./commands/complete.ts"), hidden: true },
  },
};

/** All commands at the top. */
export const tree: Tree = Object.assign({}, ...Object.values(headings));

/** What words name, as far as they name anything, and what is left of them. No words: all commands. */
export interface Resolved {
  readonly node: Leaf | Branch;
  readonly path: readonly string[];
  readonly rest: readonly string[];
}

/** Follows words through the tree: `image alias x` leads to the branch `image alias`, and `x` is left. */
export function resolve(words: readonly string[]): Resolved {
  let node: Leaf | Branch = { summary: "", children: tree };
  for (const [index, word] of words.entries()) {
    const child: Leaf | Branch | undefined =
      isBranch(node) && Object.hasOwn(node.children, word) ? node.children[word] : undefined;
    if (!child) return { node, path: words.slice(0, index), rest: words.slice(index) };
    node = child;
  }
  return { node, path: words, rest: [] };
}
