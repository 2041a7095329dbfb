import { describe, expect, it } from "vitest";
import { done, setUp } from "../instances/testing/fake-host.ts";
import { TemplateCommands } from "./service.ts";

async function withCommands() {
  const world = await setUp();
  return { ...world, commands: new TemplateCommands(world.deps, world.templates) };
}

describe("template commands", () => {
  it("build one before it is needed, show it and delete it", async () => {
    const { commands, actions } = await withCommands();
    const source = { type: "image", alias: "machine" } as const;
    const config = { "limits.memory": "512MiB", "limits.cpu.model": "Nehalem" };
    const operation = await done(commands.build("default", { source, config }));
    const [template] = await commands.list("default");
    expect(operation.render().metadata).toMatchObject({ template: template?.id, build_progress: "100%" });
    expect(template).toMatchObject({
      config: { "limits.cpu.model": "Nehalem" },
      tool: "fake 1",
      devices: { eth0: { type: "nic", network: "lodgebr0" } },
    });
    expect(await commands.get("default", template?.id ?? "")).toEqual(template);
    await done(commands.delete("default", template?.id ?? ""));
    expect(await commands.list("default")).toEqual([]);
    expect(actions.filter((action) => action.startsWith("template-"))).toEqual([
      "template-created",
      "template-deleted",
    ]);
  });

  it.each([
    [{ "limits.memory": "much" }, {}, "config_value_invalid"],
    [{ "security.secureboot": "true" }, {}, "state_unsupported"],
    [{}, { tpm: { type: "tpm" } }, "state_unsupported"],
  ])("refuse %j %j", async (config, devices, code) => {
    const { commands } = await withCommands();
    const source = { type: "image", alias: "machine" } as const;
    await expect(commands.build("default", { source, config: { ...config }, devices })).rejects.toMatchObject({ code });
  });

  it("know no others, nor those of other projects", async () => {
    const { commands } = await withCommands();
    await done(commands.build("default", { source: { type: "image", alias: "machine" } }));
    const [template] = await commands.list("default");
    expect(await commands.list("other")).toEqual([]);
    for (const [project, id] of [
      ["default", "ffffffff"],
      ["other", template?.id ?? ""],
    ] as const)
      await expect(commands.get(project, id)).rejects.toMatchObject({ code: "template_not_found" });
  });
});
