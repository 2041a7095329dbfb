/** The console's pages beside those of instances, in a browser: what the field's other consoles do by hand, here without a reload. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";
import { type ConsoleBrowser, seriousFaults, startBrowser } from "./browser.ts";
import { startCertificateBrowser } from "./certificate-browser.ts";

let lodge: Lodge;
let browser: ConsoleBrowser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  browser = await startBrowser(lodge);
  page = await browser.signedIn();
  page.on("pageerror", (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await lodge?.stop();
});

const open = async (path: string, on = page) => {
  await on.goto(new URL(`/ui/${path}`, on.url()).href);
  await on.getByRole("heading", { level: 1 }).waitFor();
};
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const dialog = () => page.getByRole("dialog");
const submit = (name: string) => dialog().getByRole("button", { name, exact: true }).click();
const row = (name: string | RegExp) => page.getByRole("row", { name });

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
    await button("Delete data").click();
    expect(await dialog().getByRole("button", { name: "Delete", exact: true }).isDisabled()).toBe(true);
    await dialog()
      .getByLabel(/Type data/)
      .fill("data");
    await submit("Delete");
    await row(/data/).waitFor({ state: "detached" });
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

test("a browser with a certificate that is trusted needs no link, and is a stranger when it is trusted no more", async () => {
  const scratch = mkdtempSync(join(tmpdir(), "lodge-certificate-"));
  try {
    await using visitor = await startCertificateBrowser(lodge, scratch, 8443);
    await lodge.client.certificates.add({
      ...{ name: "browser", certificate: visitor.certificate },
      ...{ restricted: true, role: "operator", projects: ["default"] },
    });
    const theirs = await visitor.context.newPage();
    await theirs.goto(`${visitor.origin}/ui/instances`);
    await theirs.getByRole("row", { name: /far/ }).waitFor();
    await theirs.getByText("operator", { exact: true }).waitFor();
    expect(await theirs.getByRole("link", { name: "Settings" }).count()).toBe(0);
    await open("settings/certificates");
    await button("Remove browser").click();
    await submit("Remove");
    await theirs.getByRole("heading", { name: "Sign in to Lodge" }).waitFor();
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test("who signs out in one tab is signed out in the others", async () => {
  const visitor = await browser.signedIn();
  const second = await visitor.context().newPage();
  await second.goto(new URL("/ui/networks", visitor.url()).href);
  await second.getByRole("button", { name: "Sign out" }).click();
  await visitor.getByRole("heading", { name: "Sign in to Lodge" }).waitFor();
  await visitor.context().close();
});

test("a viewer sees no action that would fail", async () => {
  const viewer = await browser.signedIn("viewer");
  for (const path of ["", "projects", "profiles", "networks/lodgebr0", "storage/default", "templates", "images"]) {
    await open(path, viewer);
    await viewer.locator("table, dl, .pf-v6-c-empty-state").first().waitFor();
    const names = await viewer.locator("main button").allTextContents();
    const acting = /\b(create|delete|edit|copy|settings|add|build|attach|upload|get|make|acknowledge)\b/i;
    expect([path, names.filter((name) => acting.test(name))]).toEqual([path, []]);
  }
  await viewer.context().close();
});

test.each(["create", "projects", "templates", "networks/lodgebr0", "storage/default", "settings", "settings/tokens"])(
  "/ui/%s: axe finds no serious fault, and a telephone shows it whole",
  async (path) => {
    await open(path);
    await page.locator("table, dl, form, .pf-v6-c-empty-state").first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    await until("the width", 20_000, () =>
      page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"),
    );
    await page.setViewportSize({ width: 1280, height: 800 });
  },
);

test("a table of a thousand is gone through by the keyboard, and its columns are chosen", async () => {
  const [one] = await lodge.client.instances.list();
  const all = Array.from({ length: 1000 }, (_, index) => ({ ...one, name: `m${String(index).padStart(4, "0")}` }));
  await page.route(/\/1\.0\/instances\?recursion=2/, (route) =>
    route.fulfill({ json: { type: "sync", status: "Success", status_code: 200, metadata: all } }),
  );
  await open("instances");
  await page.getByText("1000 in all").waitFor();
  await page.getByText("Columns", { exact: true }).click();
  await page.getByRole("checkbox", { name: "Profiles" }).check();
  await page.getByRole("columnheader", { name: "Profiles" }).waitFor();
  await page.getByText("Columns", { exact: true }).click();
  await page.getByRole("region", { name: "Instances, a table" }).focus();
  await page.keyboard.press("End");
  await page.getByRole("link", { name: "m0999" }).waitFor();
  const focused = "document.activeElement?.textContent ?? ''";
  await until("the last row", 20_000, async () => (await page.evaluate<string>(focused)).startsWith("m0999"));
  await page.keyboard.press("ArrowUp");
  await until("the row above", 20_000, async () => (await page.evaluate<string>(focused)).startsWith("m0998"));
  await page.keyboard.press(" ");
  await button("Delete 1").waitFor();
  // How long the page is deaf while it goes through all of them.
  const slowest = await page.evaluate<number>(`new Promise((resolve) => {
    const table = document.querySelector(".lodge-table");
    let slowest = 0, last = performance.now(), at = 0;
    const step = (now) => {
      slowest = Math.max(slowest, now - last); last = now;
      table.scrollTo(0, at += 1500);
      if (at < 45000) requestAnimationFrame(step); else resolve(slowest);
    };
    requestAnimationFrame(step);
  })`);
  process.stdout.write(`console: slowest frame of scrolling through 1,000 instances ${Math.round(slowest)} ms\n`);
  await page.unroute(/\/1\.0\/instances\?recursion=2/);
});

test("no page has thrown", () => expect(complaints).toEqual([]));
