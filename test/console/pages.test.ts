/** The console's pages beside those of instances, in a browser: what the field's other consoles do by hand, here without a reload. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cliMain } from "../harness/programs.ts";
import { until } from "../harness/until.ts";
import { openConsole } from "./open-console.ts";

const web = await openConsole();
afterAll(() => web[Symbol.asyncDispose]());
const { lodge, page, complaints, open, button, row, dialog, submit, confirmWith } = web;

test("an image of a server becomes an instance", async () => {
  const server = spawn(
    lodge.insideHostNetwork[0] ?? "",
    [
      ...lodge.insideHostNetwork.slice(1),
      process.execPath,
      cliMain,
      ...["image", "serve", "tiny", "--listen", "127.0.0.1:8444"],
    ],
    { env: { ...process.env, LODGE_DIR: lodge.directory }, stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    await once(server.stdout, "data");
    await open("create");
    await button("Add a server").click();
    await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("lab");
    await dialog().getByLabel("Address").fill("http://127.0.0.1:8444");
    await submit("Add");
    await page.getByLabel("Search images").fill("tiny");
    await page.getByRole("radio", { name: /^tiny/ }).check();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("far");
    await page.getByRole("textbox", { name: "Memory" }).fill("256MiB");
    await page.getByLabel("cloud-init user-data").fill("#cloud-config\n");
    await button("Create").click();
    await page.getByRole("link", { name: "Open far" }).click();
    await page.getByRole("heading", { level: 1, name: "far" }).waitFor();
    expect(await lodge.must("config", "get", "far", "limits.memory")).toBe("256MiB");
  } finally {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
});

test("a virtual machine begins with an ISO from this computer", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "lodge-iso-"));
  try {
    const iso = join(scratch, "rescue.iso");
    // The descriptor by which an ISO is known.
    writeFileSync(iso, Buffer.concat([Buffer.alloc(0x8000), Buffer.from("\u0001CD001\u0001"), Buffer.alloc(0x1000)]));
    await open("create");
    await page.getByRole("radio", { name: /^Virtual machine/ }).check();
    await page.getByLabel("Begin with").selectOption("empty");
    await button("Upload an ISO").click();
    await dialog().getByLabel("File").setInputFiles(iso);
    await submit("Upload");
    await dialog().waitFor({ state: "detached" });
    await until("the ISO", 20_000, async () => (await page.getByLabel("ISO", { exact: true }).inputValue()) !== "");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("desk");
    await page.getByLabel("Start it", { exact: true }).uncheck();
    await button("Create").click();
    await page.getByRole("link", { name: "Open desk" }).waitFor();
    expect(await lodge.must("config", "device", "get", "desk", "iso", "source")).toBe("rescue");
    await lodge.must("delete", "desk");
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

describe("what instances share", () => {
  test("a profile is created, edited as YAML and deleted", async () => {
    await open("profiles");
    await button("Create profile").click();
    await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("small");
    await dialog().getByLabel("Memory").fill("128MiB");
    await submit("Create");
    await button("Edit small").click();
    const yaml = dialog().getByLabel("YAML");
    await until("the profile", 20_000, async () => (await yaml.inputValue()).includes("128MiB"));
    await yaml.fill("config:\n  no.such: key\n");
    await submit("Save");
    await dialog()
      .getByText(/no\.such/)
      .last()
      .waitFor();
    await yaml.fill("description: tight\nconfig:\n  limits.memory: 64MiB\ndevices: {}\n");
    await submit("Save");
    await row(/small.*tight/).waitFor();
    await button("Delete small").click();
    await submit("Delete");
    await row(/small/).waitFor({ state: "detached" });
  });

  test("a network has leases, and forwards that lead to them", async () => {
    await open("networks");
    await button("Create network").click();
    await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("lab0");
    await submit("Create");
    await page.getByRole("heading", { level: 1, name: "lab0" }).waitFor();
    await button("Delete").click();
    await submit("Delete");
    await page.getByRole("heading", { level: 1, name: "Networks" }).waitFor();
    await page.getByRole("link", { name: "lodgebr0" }).click();
    await row(/far/).first().waitFor();
    await button("Add a forward").click();
    await dialog().getByLabel("Address").fill("198.51.100.7");
    await dialog().getByRole("textbox", { name: "Port", exact: true }).fill("8080");
    await dialog().getByLabel("Its port").fill("80");
    await submit("Add");
    await row(/198\.51\.100\.7 tcp 8080/).waitFor();
    await button(/^Remove/).click();
    await page.getByText("A forward lets a port").waitFor();
  });

  test("a volume is created, attached to what runs, and goes by its name alone", async () => {
    await open("storage/default");
    await button("Create volume").click();
    await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("data");
    await submit("Create");
    await button("Attach data").click();
    await submit("Attach");
    await until("the mount", 20_000, async () =>
      (await lodge.must("exec", "far", "--", "mount")).includes("/mnt/data"),
    );
    await lodge.must("config", "device", "remove", "far", "data");
    await button("Snapshots data").click();
    await dialog().getByLabel("Name of a new one").fill("first");
    await submit("Take snapshot");
    await button("Snapshots data").click();
    await dialog().getByRole("button", { name: "Restore first" }).click();
    await submit("Restore");
    await page.getByText("Restore data to first: done").waitFor();
    await dialog().getByRole("button", { name: "Delete first" }).click();
    await confirmWith("first");
    await dialog().getByText("There are none").waitFor();
    await submit("Cancel");
    await button("Delete data").click();
    await confirmWith("data");
    await row(/data/).waitFor({ state: "detached" });
  });

  test("a pool is created and deleted", async () => {
    await open("storage");
    await button("Create pool").click();
    await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("second");
    await submit("Create");
    await page.getByRole("link", { name: "second" }).click();
    await page.getByRole("heading", { level: 1, name: "second" }).waitFor();
    await button("Delete").click();
    await submit("Delete");
    await page.getByRole("heading", { level: 1, name: "Storage" }).waitFor();
    await row(/second/).waitFor({ state: "detached" });
  });

  test("an image gets another name", async () => {
    await open("images");
    await button("Properties tiny").first().click();
    await dialog().getByLabel("Names").fill("tiny, little");
    await submit("Save");
    await until("the alias", 20_000, async () =>
      (await lodge.must("image", "alias", "list", "--format", "csv")).includes("little"),
    );
  });

  test("an image is made of a snapshot, and one comes in two files from this computer", async () => {
    await lodge.must("snapshot", "create", "far", "now");
    await open("images");
    await button("Make of an instance").click();
    await dialog().getByLabel("Instance or snapshot").selectOption("far/now");
    await dialog().getByLabel("Name").fill("golden");
    await submit("Make it");
    await row(/golden/).waitFor();
    const scratch = mkdtempSync(join(tmpdir(), "lodge-image-"));
    try {
      await lodge.must("image", "export", "golden", join(scratch, "golden"));
      await button("Delete golden").click();
      await confirmWith("golden");
      await row(/golden/).waitFor({ state: "detached" });
      const files = readdirSync(join(scratch, "golden"));
      const file = (which: RegExp) => join(scratch, "golden", files.find((name) => which.test(name)) ?? "");
      await button("Upload").click();
      await dialog()
        .getByLabel(/^Image/)
        .setInputFiles(file(/^meta/));
      await dialog()
        .getByLabel("Its second file")
        .setInputFiles(file(/squashfs$/));
      await dialog().getByLabel("Name").fill("golden/2");
      await submit("Upload");
      await row(/golden\/2/).waitFor();
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

test("a project has limits, and the page that is open stays when one goes there", async () => {
  await open("projects");
  await button("Create project").click();
  await dialog().getByRole("textbox", { name: "Name", exact: true }).fill("team");
  await dialog().getByLabel("Instances at most").fill("3");
  await submit("Create and go there");
  await row(/team you are here.*instances 0 of 3/).waitFor();
  await open("networks");
  await page.getByLabel("Project").selectOption("default");
  await page.getByRole("heading", { level: 1, name: "Networks" }).waitFor();
  await open("projects");
  await button("Delete team").click();
  await submit("Delete");
  await row(/team/).waitFor({ state: "detached" });
});

describe("settings", () => {
  test("the governor's mode is one of three, and nonsense is refused before the server is asked", async () => {
    await open("settings");
    await page.getByLabel("governor.memory.budget").fill("lots");
    await page.getByText(/must be a size such as 12GiB/).waitFor();
    expect(await button("Save").isDisabled()).toBe(true);
    await page.getByLabel("governor.memory.budget").fill("50%");
    await page.getByLabel("governor.mode").selectOption("on");
    await button("Save").click();
    await until("the mode", 20_000, async () => (await lodge.must("config", "get", "governor.mode")) === "on");
    await open("");
    await page.getByText("moves memory to those who wait for it").waitFor();
  });

  test("a token is shown once, makes a client trusted, and is revoked", async () => {
    await lodge.must("config", "set", "core.https_address=127.0.0.1:8443");
    await open("settings/tokens");
    await button("Make a token").click();
    await dialog().getByLabel("For").fill("laptop");
    await submit("Make it");
    const token = await page.getByLabel("Token", { exact: true }).inputValue();
    expect(JSON.parse(Buffer.from(token, "base64").toString())).toMatchObject({ client_name: "laptop" });
    await page.reload();
    await row(/laptop/).waitFor();
    expect(await page.getByText("shown this once").count()).toBe(0);
    await button("Revoke laptop").click();
    await page.getByText("No token waits to be used").waitFor();
  });

  test("a warning is acknowledged", async () => {
    // Not every host gives cause for one.
    let status = "new";
    const seen = { severity: "moderate", count: 2, last_message: "it is full", last_seen_at: new Date().toISOString() };
    await page.route(/\/1\.0\/warnings/, (route) => {
      if (route.request().method() === "PUT") status = (route.request().postDataJSON() as { status: string }).status;
      const warning = { uuid: "5d3b9f5e-1c1d-4f0a-9d3a-0d2f4a6b8c1e", type: "Disk", status, ...seen };
      return route.fulfill({ json: { type: "sync", status: "Success", status_code: 200, metadata: [warning] } });
    });
    await open("settings/warnings");
    await button("Acknowledge Disk").click();
    await row(/Disk.*acknowledged/).waitFor();
    await page.unroute(/\/1\.0\/warnings/);
  });
});

test("no page has thrown", () => expect(complaints).toEqual([]));
