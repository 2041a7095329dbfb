/**
 * The commands of LXD 5.0.2's client, and how they are with Lodge: a test compares the list with the client, and asks for a case of
 * every command that is said to work.
 */

/**
 * @typedef {object} LxcCommands
 * @property {string} group Their first words; empty: none.
 * @property {string} commands Separated by commas.
 * @property {string} [differs] They work, and this is not as with LXD.
 * @property {string} [missing] They do not, and why.
 */

const oneHost = "one host, no cluster";

/** @type {readonly LxcCommands[]} */
export const lxcCommands = [
  {
    group: "",
    commands: "delete, exec, info, init, list, monitor, pause, query, rename, restart, restore, start, stop",
  },
  { group: "", commands: "shell, snapshot, version" },
  {
    group: "",
    commands: "launch",
    differs:
      "where a name stands for images of both types, the client finds the container's and refuses `--vm` by itself: the virtual machine's is `NAME/vm`",
  },
  {
    group: "",
    commands: "copy",
    differs: "what runs only with `--stateless`; `--refresh` from another server sends all of a container again",
  },
  { group: "", commands: "move", differs: "to another server stopped" },
  { group: "", commands: "export", differs: "shows bytes in place of a percentage" },
  { group: "", commands: "import" },
  { group: "", commands: "publish" },
  {
    group: "",
    commands: "console",
    differs: "`--type vga` is refused by the client's viewer: Lodge speaks VNC, not SPICE",
  },
  { group: "alias", commands: "add, list, remove, rename" },
  {
    group: "cluster",
    commands: "add, edit, enable, evacuate, get, list, list-tokens, remove, rename",
    missing: oneHost,
  },
  { group: "cluster", commands: "restore, revoke-token, set, show, unset, update-certificate", missing: oneHost },
  { group: "cluster group", commands: "assign, create, delete, edit, list, remove, rename, show", missing: oneHost },
  { group: "cluster role", commands: "add, remove", missing: oneHost },
  { group: "config", commands: "edit, get, set, show, unset" },
  { group: "config device", commands: "add, get, list, override, remove, set, show, unset" },
  { group: "config metadata", commands: "edit, show" },
  { group: "config template", commands: "create, delete, edit, list, show" },
  { group: "config trust", commands: "add, edit, list, list-tokens, remove, revoke-token, show" },
  { group: "file", commands: "delete, edit, pull, push" },
  { group: "file", commands: "mount", differs: "without sshfs on the client's host only with `--listen`" },
  { group: "image", commands: "copy, delete, edit, export, get-property, import, info, list, refresh" },
  { group: "image", commands: "set-property, show, unset-property" },
  { group: "image alias", commands: "create, delete, list, rename" },
  { group: "network", commands: "attach, attach-profile, create, delete, detach, detach-profile, edit, get, info" },
  { group: "network", commands: "list, list-leases, rename, set, show, unset" },
  { group: "network forward", commands: "create, delete, edit, get, list, set, show, unset" },
  { group: "network forward port", commands: "add, remove" },
  {
    group: "network acl",
    commands: "create, delete, edit, get, list, rename, set, show, show-log, unset",
    missing: "no such rules",
  },
  { group: "network acl rule", commands: "add, remove", missing: "no such rules" },
  {
    group: "network peer",
    commands: "create, delete, edit, get, list, set, show, unset",
    missing: "the key `bridge.peers` instead",
  },
  { group: "network zone", commands: "create, delete, edit, get, list, set, show, unset", missing: "no zones" },
  { group: "network zone record", commands: "create, delete, get, list, set, show, unset, edit", missing: "no zones" },
  { group: "network zone record entry", commands: "add, remove", missing: "no zones" },
  { group: "operation", commands: "delete, list, show" },
  {
    group: "profile",
    commands: "add, assign, copy, create, delete, edit, get, list, remove, rename, set, show, unset",
  },
  { group: "profile device", commands: "add, get, list, remove, set, show, unset" },
  { group: "project", commands: "create, delete, edit, get, info, list, rename, set, show, switch, unset" },
  { group: "remote", commands: "add, get-default, list, remove, rename, set-url, switch" },
  { group: "storage", commands: "create, delete, edit, get, info, list, set, show, unset" },
  { group: "storage volume", commands: "attach, attach-profile, copy, create, delete, detach, detach-profile, edit" },
  {
    group: "storage volume",
    commands: "export, get, import, info, list, move, rename, restore, set, show, snapshot, unset",
  },
  { group: "warning", commands: "acknowledge, delete, list, show" },
];

/** Every command with its words. */
export const eachLxcCommand = lxcCommands.flatMap(({ group, commands, missing }) =>
  commands.split(", ").map((command) => ({ words: `${group} ${command}`.trim(), works: missing === undefined })),
);
