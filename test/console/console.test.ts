/** The web console in a browser, as users have it: the built pages, a real daemon, a real container. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { commandBlocks } from "../harness/documentation.ts";
import type { Lodge } from "../harness/lodge.ts";
import { cliMain } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";
import { type ConsoleBrowser, newPage, seriousFaults, startBrowser } from "./browser.ts";

let lodge: Lodge;
let browser: ConsoleBrowser;
let page: Page;
const complaints: string[] = [];

/** Where pictures of the pages are kept, for the documentation and for those who look at them. */
const pictures = process.env["LODGE_CONSOLE_PICTURES"];
async function picture(of: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await of.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
}

beforeAll(async () => {
  lodge = await startLodge({ images: ["tiny"] });
  browser = await startBrowser(lodge);
  page = await browser.signedIn();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await lodge?.stop();
});

const heading = (name: string, on = page) => on.getByRole("heading", { level: 1, name, exact: true });
const button = (name: string | RegExp, on = page) => on.getByRole("button", { name, exact: typeof name === "string" });

/** What is lost is deleted only by its name. */
async function confirmWith(name: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  expect(await dialog.getByRole("button", { name: "Delete", exact: true }).isDisabled()).toBe(true);
  await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
}

const place = (name: string) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });

test.each(commandBlocks("docs/how-to/console.md"))("$place", async ({ commands }) => {
  const words = `lodge() { "${process.execPath}" "${cliMain}" "$@"; }\n${commands}`;
  const result = await runCommand("bash", ["-e", "-c", words], { env: { LODGE_DIR: lodge.directory } });
  expect(result).toMatchObject({ status: 0, stdout: expect.stringContaining("/ui/sign-in#") });
});

describe("signing in", () => {
  test("a link opens the console once; whoever comes second is told why not, and by what", async () => {
    const link = await lodge.must("--quiet", "console-url");
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui\/sign-in#[\w-]{43}$/);
    const first = await newPage(browser.browser);
    await first.goto(link);
    await heading("Overview", first).waitFor();
    expect(first.url()).not.toContain("#");
    const second = await newPage(browser.browser);
    await second.goto(link);
    await second.getByText(/has been used, has expired/).waitFor();
    expect(await seriousFaults(second)).toEqual([]);
    await picture(second, "sign-in");

    // Signed out is signed out: also for whoever kept the cookie.
    const kept = await first.context().cookies();
    expect(kept).toMatchObject([{ name: "lodge-console", httpOnly: true, sameSite: "Strict" }]);
    const key = await first.evaluate(() => localStorage.getItem("lodge-console.key"));
    await button("Sign out", first).click();
    await heading("Sign in to Lodge", first).waitFor();
    await first.context().addCookies(kept);
    await first.evaluate((value) => localStorage.setItem("lodge-console.key", value ?? ""), key);
    await first.goto(new URL("/ui/", link).href);
    await heading("Sign in to Lodge", first).waitFor();
  });

  test("a page that wants something goes there after signing in", async () => {
    const link = await lodge.must("--quiet", "console-url");
    const visitor = await newPage(browser.browser);
    await visitor.goto(new URL("/ui/networks", link).href);
    await heading("Sign in to Lodge", visitor).waitFor();
    await visitor.getByLabel("Link or token").fill(link);
    await button("Sign in", visitor).click();
    await heading("Networks", visitor).waitFor();
  });

  test("the cookie alone opens nothing, and no other site's page does", async () => {
    const origin = new URL(page.url()).origin;
    const [cookie] = await page.context().cookies();
    const ask = (headers: Record<string, string>, path = "/1.0/instances") =>
      lodge.runOnHost(
        "curl",
        "--silent",
        ...Object.entries({ cookie: `${cookie?.name}=${cookie?.value}`, ...headers }).flatMap(([name, value]) => [
          "--header",
          `${name}: ${value}`,
        ]),
        `${origin}${path}`,
      );
    const key = (await page.evaluate(() => localStorage.getItem("lodge-console.key"))) ?? "";
    expect((await ask({})).stdout).toContain("permission_denied");
    expect((await ask({ "x-lodge-console": key })).stdout).toContain('"Success"');
    expect((await ask({ "x-lodge-console": key, origin: "http://evil.example" })).stdout).toContain(
      "permission_denied",
    );
    expect((await ask({ "x-lodge-console": key, host: "evil.example" })).stdout).toContain("permission_denied");
  });
});

describe("an instance", () => {
  test("is created on a page that shows the way on, and is listed without a refresh", async () => {
    await place("Instances").click();
    await page.getByText("There are no instances yet").waitFor();
    await picture(page, "empty");
    await page.getByRole("link", { name: "Create instance" }).first().click();
    await page.getByRole("radio", { name: /^tiny/ }).check();
    await page.getByLabel("Name").fill("web");
    await picture(page, "create");
    expect(await seriousFaults(page)).toEqual([]);
    await button("Create").click();
    await page.getByRole("link", { name: "Open web" }).waitFor();
    await place("Instances").click();
    await page.getByRole("row", { name: /web/ }).getByText("Running").waitFor();
    await picture(page, "instances");
  });

  test("what the server refuses is said in its words, in the form", async () => {
    await page.getByRole("link", { name: "Create instance" }).click();
    await page.getByRole("radio", { name: /^tiny/ }).check();
    await page.getByLabel("Name").fill("other");
    await page.getByRole("textbox", { name: "Memory" }).fill("much");
    await page.getByText(/must be a size/).waitFor();
    await page.getByRole("textbox", { name: "Memory" }).fill("");
    await page.getByRole("textbox", { name: "Processors" }).fill("700-701");
    await button("Create").click();
    await page.getByText(/limits\.cpu/).waitFor();
    await page.getByRole("link", { name: "Cancel" }).click();
  });

  test("has a terminal in which one types and reads", async () => {
    await page.getByRole("link", { name: "web" }).click();
    await heading("web").waitFor();
    await picture(page, "instance");
    await page.getByRole("tab", { name: "Terminal" }).click();
    await page.locator(".xterm-rows").waitFor();
    await until("a prompt", 20_000, async () => /[#$]/.test((await page.locator(".xterm-rows").textContent()) ?? ""));
    await page.keyboard.type("echo $((6 * 7)) is the answer from $(hostname)\n");
    await page.locator(".xterm-rows").getByText("42 is the answer from web").waitFor();
    await picture(page, "terminal");
    const before = await page.locator(".xterm-rows > div").count();
    await page.setViewportSize({ width: 1280, height: 500 });
    await until("fewer rows", 5000, async () => (await page.locator(".xterm-rows > div").count()) < before);
    const rows = await page.locator(".xterm-rows > div").count();
    await page.keyboard.type("stty size\n");
    await page
      .locator(".xterm-rows")
      .getByText(new RegExp(`^${rows} \\d+`))
      .first()
      .waitFor();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.type("exit\n");
    await page.getByText("The session has ended.").waitFor();
  });

  test("has files: one is uploaded, edited and downloaded", async () => {
    const content = () => lodge.run("exec", "web", "--", "cat", "/srv/hello.txt");
    await page.getByRole("tab", { name: "Files" }).click();
    await button("New directory").click();
    await page.getByLabel("Name", { exact: true }).fill("srv");
    await button("Make").click();
    await button(/^srv/).first().click();
    await page.getByText("This directory is empty").waitFor();
    await page
      .getByLabel("Files to upload")
      .setInputFiles({ name: "hello.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
    await button("hello.txt").click();
    const text = page.getByLabel("Content of /srv/hello.txt");
    expect(await text.inputValue()).toBe("hello");
    expect(await seriousFaults(page)).toEqual([]);
    await text.fill("hello, world");
    await button("Save").click();
    await until("the text", 10_000, async () => (await content()).stdout.trim() === "hello, world");
    expect(await seriousFaults(page)).toEqual([]);
    await picture(page, "files");
    const [download] = await Promise.all([page.waitForEvent("download"), button("Download hello.txt").click()]);
    expect(readFileSync(await download.path(), "utf8")).toBe("hello, world");
  });

  test("goes back to a snapshot, and is forked", async () => {
    await page.getByRole("tab", { name: "Snapshots" }).click();
    await page.getByLabel("Name of a new snapshot").fill("before");
    await button("Take snapshot").click();
    await button("Restore before").waitFor();
    await picture(page, "snapshots");
    await lodge.must("exec", "web", "--", "rm", "/srv/hello.txt");
    await button("Restore before").click();
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await page.getByText("Restore web/before: done").waitFor();
    await button("More").click();
    await page.getByRole("menuitem", { name: /Fork/ }).click();
    await page.getByLabel("Name", { exact: true }).fill("twin");
    expect(await seriousFaults(page)).toEqual([]);
    await button("Fork").click();
    await page.getByRole("link", { name: "twin" }).click();
    await heading("twin").waitFor();
    expect(await lodge.must("exec", "twin", "--", "cat", "/srv/hello.txt")).toBe("hello, world");
    await lodge.must("delete", "--force", "twin");
    await page.goto(new URL("/ui/instances/web/snapshots", page.url()).href);
    await button("Delete before").click();
    await confirmWith("before");
    await page.getByText("There are no snapshots").waitFor();
  });

  test("has a form of its settings, and a changed limit is seen at once", async () => {
    await page.getByRole("tab", { name: "Configuration" }).click();
    await page.getByLabel("limits.memory", { exact: true }).fill("much");
    await page.getByText(/It must be a size/).waitFor();
    await page.getByLabel("limits.memory", { exact: true }).fill("64MiB");
    await button("Save the change").click();
    await page.getByText(/of 64\.0 MiB of memory/).waitFor();
    await page.getByLabel("Search settings").fill("autostart priority");
    await page.getByLabel("boot.autostart.priority").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("has a configuration to edit as a text, and the server's word on it; nobody overwrites another's unasked", async () => {
    await button("YAML").click();
    const editor = page.getByLabel("Configuration as YAML");
    const text = await editor.inputValue();
    await editor.fill(text.replace(/^config:/m, "config:\n  no.such: key"));
    await button("Save").click();
    await page
      .getByText(/no\.such/)
      .last()
      .waitFor();
    await lodge.must("config", "set", "web", "user.other=1");
    await page.getByText("Somebody else has changed it since you began").waitFor();
    await editor.fill(text.replace(/^config:/m, 'config:\n  limits.processes: "77"'));
    await button("Save").click();
    await button("Save yours over it").click();
    await until(
      "the limit",
      10_000,
      async () => (await lodge.must("config", "get", "web", "limits.processes")) === "77",
    );
    await picture(page, "configuration");
  });

  test("has devices: one is added by a form made of what there is to say", async () => {
    await page.getByRole("tab", { name: "Devices" }).click();
    await button("Add device").click();
    await page.getByLabel("Type").selectOption("proxy");
    await page.getByLabel("Name of the device").fill("http");
    await page.getByLabel("listen", { exact: true }).fill("tcp:127.0.0.1:8999");
    await page.getByLabel("connect", { exact: true }).fill("tcp:127.0.0.1:80");
    expect(await seriousFaults(page)).toEqual([]);
    await button("Add").click();
    await page.getByRole("row", { name: /http/ }).getByText("the instance").waitFor();
    expect(await lodge.must("config", "device", "get", "web", "http", "listen")).toBe("tcp:127.0.0.1:8999");
    await button("Remove http").click();
    await button("Remove").click();
    await page.getByRole("row", { name: /http/ }).waitFor({ state: "detached" });
  });

  test("is stopped and started, from here and from elsewhere", async () => {
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByRole("img", { name: /Memory in the last hour/ }).waitFor();
    expect(await page.locator(".lodge-chart canvas").count()).toBeGreaterThan(2);
    expect(await seriousFaults(page)).toEqual([]);
    await picture(page, "charts");
    await button("Force stop").click();
    await button("Start").waitFor();
    await lodge.must("start", "web");
    await button("Force stop").waitFor();
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByRole("cell", { name: "instance-started" }).first().waitFor();
  });

  test("is found again by its address, and by the way back", async () => {
    await page.reload();
    await heading("web").waitFor();
    expect(await page.getByRole("tab", { name: "Events" }).getAttribute("aria-selected")).toBe("true");
    await page.goBack();
    expect(await page.getByRole("tab", { name: "Overview" }).getAttribute("aria-selected")).toBe("true");
  });
});

test("a viewer sees no action that would fail", async () => {
  const viewer = await browser.signedIn("viewer");
  for (const path of ["instances", "instances/web", "instances/web/snapshots", "images", "operations"]) {
    await viewer.goto(new URL(`/ui/${path}`, viewer.url()).href);
    await viewer.getByRole("heading", { level: 1 }).waitFor();
    await viewer.locator("table, dl, .lodge-timeline, .pf-v6-c-empty-state").first().waitFor();
    const names = await viewer.locator("main button").allTextContents();
    expect(names.filter((name) => /\b(create|start|stop|delete|restore|take|save|cancel)\b/i.test(name))).toEqual([]);
  }
  expect(await viewer.getByRole("tab", { name: "Terminal" }).count()).toBe(0);
});

test("an operation that goes on is cancelled", async () => {
  const session = await lodge.client.instances.exec("web", { command: ["sleep", "600"] });
  await place("Operations").click();
  await button(/^Cancel/)
    .first()
    .click();
  await page.getByText("Cancel: Executing command: done").waitFor();
  expect(await session.exit).toBe(137);
  session.close();
});

test("a virtual machine has a screen, and a keyboard", async () => {
  await lodge.must("launch", "tiny", "vm1", "--vm");
  await page.goto(new URL("/ui/instances/vm1/screen", page.url()).href);
  await page.locator("canvas").waitFor();
  const size = "[...document.querySelectorAll('canvas')].some(({ width, height }) => width > 300 && height > 200)";
  await until("a picture", 30_000, () => page.evaluate<boolean>(size));
  expect(await seriousFaults(page)).toEqual([]);
  const typed = async () => (await lodge.run("exec", "vm1", "--", "cat", "/dev/vcs1")).stdout;
  await until("a login", 30_000, async () => /vm1 login: /.test(await typed()));
  await page.locator("canvas").last().click();
  await page.keyboard.type("abc", { delay: 30 });
  await until("what was typed", 10_000, async () => /vm1 login: abc/.test(await typed()));
  await button("Paste text").click();
  await page.getByLabel("Text", { exact: true }).fill("-Xyz");
  await button("Type it").click();
  await until("what was pasted", 20_000, async () => /vm1 login: abc-Xyz/.test(await typed()));
  await picture(page, "screen");
  await button("Ctrl-Alt-Del").waitFor();
  await page.getByRole("tab", { name: "Logs" }).click();
  await page
    .getByRole("log")
    .getByText(/vm1 login/)
    .waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  await lodge.must("delete", "--force", "vm1");
  await page.getByRole("link", { name: "Instances", exact: true }).first().click();
  await page.getByRole("row", { name: /web/ }).waitFor();
  expect(await page.getByRole("row", { name: /vm1/ }).count()).toBe(0);
});

test("by HTTPS it is the same, terminals too, and the cookie goes nowhere else", async () => {
  await lodge.must("config", "set", "core.https_address=127.0.0.1:8443");
  const link = await lodge.must("--quiet", "console-url");
  expect(link).toMatch(/^https:\/\/127\.0\.0\.1:8443\/ui\/sign-in#/);
  const context = await browser.browser.newContext({ ignoreHTTPSErrors: true });
  const visitor = await context.newPage();
  await visitor.goto(link);
  await heading("Overview", visitor).waitFor();
  expect(await context.cookies()).toMatchObject([{ name: "__Host-lodge-console", secure: true, httpOnly: true }]);
  await visitor.goto("https://127.0.0.1:8443/ui/instances/web/terminal");
  await until("a prompt", 20_000, async () => /[#$]/.test((await visitor.locator(".xterm-rows").textContent()) ?? ""));
  await visitor.keyboard.type("echo by $((400 + 43))\n");
  await visitor.locator(".xterm-rows").getByText("by 443").waitFor();
  await context.close();
});

test("a page that is open says that the daemon is away, and goes on with it; one whose session has ended says so", async () => {
  const visitor = await browser.signedIn();
  await visitor.goto(new URL("/ui/networks", visitor.url()).href);
  await heading("Networks", visitor).waitFor();
  await place("Instances").click();
  await lodge.endDaemon("SIGKILL");
  await page.getByText(/daemon restarts or is away/).waitFor();
  await twelveHoursPass(visitor);
  await lodge.startDaemon();
  await page.getByText(/daemon restarts or is away/).waitFor({ state: "detached" });
  await lodge.must("stop", "--force", "web");
  await page.getByRole("row", { name: /web/ }).getByText("Stopped").waitFor();

  await heading("Sign in to Lodge", visitor).waitFor();
  await visitor.getByText("Your session has ended").waitFor();
  expect(await seriousFaults(visitor)).toEqual([]);
  await visitor.getByLabel("Link or token").fill(await lodge.must("--quiet", "console-url", "--local"));
  await button("Sign in", visitor).click();
  await heading("Networks", visitor).waitFor();
  await visitor.context().close();
});

/** For a session: the daemon, which is away, finds it as it would be then. */
async function twelveHoursPass(of: Page): Promise<void> {
  const file = join(lodge.directory, "console-sessions.json");
  const kept = JSON.parse(readFileSync(file, "utf8")) as { sessions: { cookie: string; expiresAt: number }[] };
  const [cookie] = await of.context().cookies();
  const session = kept.sessions.find((each) => each.cookie === digestOf(cookie?.value ?? ""));
  if (!session) throw new Error("The daemon knows nothing of the session.");
  session.expiresAt -= 12 * 3600_000;
  writeFileSync(file, JSON.stringify(kept));
}

const digestOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

test("a thousand instances are a table that does not lag", async () => {
  const [one] = await lodge.client.instances.list();
  const all = Array.from({ length: 1000 }, (_, index) => ({
    ...{ ...one, name: `m${String(index).padStart(4, "0")}`, status: index % 3 === 0 ? "Running" : "Stopped" },
  }));
  const visitor = await browser.signedIn();
  await visitor.route(/\/1\.0\/instances\?recursion=2/, (route) =>
    route.fulfill({ json: { type: "sync", status: "Success", status_code: 200, metadata: all } }),
  );
  await visitor.goto(new URL("/ui/instances", visitor.url()).href);
  await visitor.getByText("1000 in all").waitFor();
  expect(await visitor.getByRole("row").count()).toBeLessThan(80);
  await picture(visitor, "thousand");
  const begun = performance.now();
  await visitor.getByLabel("Search instances").fill("m0999");
  await visitor.getByText("1 of 1000").waitFor();
  process.stdout.write(`console: search in 1,000 instances ${Math.round(performance.now() - begun)} ms\n`);
  await visitor.getByLabel("Search instances").fill("");
  await visitor.locator(".lodge-table").evaluate((table) => table.scrollTo(0, table.scrollHeight));
  await visitor.getByRole("link", { name: "m0999" }).waitFor();
});

test.each([
  "",
  "instances",
  "instances/web",
  "instances/web/configuration",
  "images",
  "networks",
  "storage",
  "profiles",
  "operations",
])("axe finds no serious fault on /ui/%s, light and dark", async (path) => {
  await page.goto(new URL(`/ui/${path}`, page.url()).href);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.locator("table, dl, textarea, .lodge-settings, .pf-v6-c-empty-state").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  const name = path.replaceAll("/", "-") || "overview";
  await picture(page, `${name}-light`);
  await button("Use dark colours").click();
  expect(await seriousFaults(page)).toEqual([]);
  await picture(page, `${name}-dark`);
  await button("Use light colours").click();
});

test("the first load is small", async () => {
  const visitor = await newPage(browser.browser);
  let bytes = 0;
  const session = await visitor.context().newCDPSession(visitor);
  await session.send("Network.enable");
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await visitor.goto(await lodge.must("--quiet", "console-url", "--local"));
  await heading("Overview", visitor).waitFor();
  const interactive = Math.round(await visitor.evaluate(() => performance.now()));
  process.stdout.write(
    `console: first load ${Math.round(bytes / 1024)} KiB over the wire, interactive after ${interactive} ms\n`,
  );
  expect(bytes).toBeLessThan(350 * 1024);
});

test("no page has thrown, or broken its policy", () => expect(complaints).toEqual([]));

test("an instance is deleted, and is gone without a refresh", async () => {
  await page.goto(new URL("/ui/instances", page.url()).href);
  await page.getByLabel("Choose web").check();
  await button("Delete 1").click();
  await confirmWith("web");
  await page.getByText("There are no instances yet").waitFor();
  expect(await lodge.must("list", "--format", "csv")).toBe("");
});
