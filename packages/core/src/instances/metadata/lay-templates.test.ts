import { beforeEach, expect, it } from "vitest";
import { silentLog } from "../../log.ts";
import { instanceRecord } from "../../store/describe-store.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import type { InstanceRecord } from "../../store.ts";
import { copyContent } from "./content.ts";
import { laidFiles } from "./lay-templates.ts";
import { triggered, triggerOf, withoutTrigger, withRename } from "./trigger.ts";

const fingerprint = "a".repeat(64);
const entry = (template: string, ...when: ("create" | "copy" | "rename" | "start")[]) => ({
  ...{ when, template, create_only: false, properties: {} },
});
const web: InstanceRecord = { ...instanceRecord("00000001", "web", 1), fingerprint, life: "present", config: {} };

let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  const date = new Date(0);
  await store.images.put({
    project: "default",
    ...{ fingerprint, type: "container", architecture: "x86_64", filename: "", size: 1, public: false, properties: {} },
    ...{ split: true, createdAt: date, uploadedAt: date, cached: false, autoUpdate: false },
    templates: {
      entries: {
        "/etc/hostname": entry("hostname.tpl", "create", "rename"),
        "/etc/seen": entry("seen.tpl", "start"),
        "/etc/broken": entry("broken.tpl", "start"),
        "/etc/missing": entry("missing.tpl", "start"),
      },
      files: {
        "hostname.tpl": "{{ container.name }}\n",
        "seen.tpl": "{{ trigger }} {{ path }}",
        "broken.tpl": "{% x %}",
      },
    },
  });
});
const laid = async (record: InstanceRecord) =>
  (await laidFiles({ store, log: silentLog }, { record, config: record.config, devices: {} })).map(
    ({ path, content }) => `${path}: ${content}`,
  );

it("makes what is due, and lets what it cannot make be", async () => {
  const seen = "/etc/seen: start /etc/seen";
  expect(await laid(web)).toEqual([seen]);
  expect(await laid({ ...web, config: triggered("create") })).toEqual(["/etc/hostname: web\n", seen]);
  expect(await laid({ ...web, config: triggered("copy") })).toEqual([seen]);
  expect(await laid(withRename({ ...web, name: "db" }))).toEqual(["/etc/hostname: db\n", seen]);
  expect(await laid({ ...web, type: "virtual-machine", config: triggered("create") })).toEqual([
    ...["/etc/hostname: web\n", seen],
  ]);
});

it("follows what the instance was given since, and so do copies", async () => {
  const metadata = { architecture: "x86_64", creation_date: 0, expiry_date: 0, properties: {} };
  const templates = { "/etc/motd": entry("motd.tpl", "start") };
  await store.instances.put(web);
  await store.instanceMetadata.put({
    ...{ instance: web.id, metadata: { ...metadata, templates }, files: { "motd.tpl": "hello" } },
  });
  const copy = { ...web, ...instanceRecord("00000002", "copy", 2) };
  await copyContent(store, web, copy);
  expect(await laid(copy)).toEqual(["/etc/motd: hello"]);
  await store.instances.remove(web.id);
  expect(await store.instanceMetadata.get(web.id)).toBeUndefined();
});

it("knows what happened since the last start", () => {
  const created = { ...web, config: triggered("create") };
  expect(triggerOf(withRename(created))).toBe("create");
  expect(withoutTrigger(created).config).toEqual({});
  expect(triggerOf({ config: { "volatile.apply_template": "other" } })).toBeUndefined();
});
