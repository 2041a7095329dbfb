/** Who comes into the console, what they may, and that it stays with them: the built pages in a browser, of a real daemon. */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { runCommand } from "../harness/command.ts";
import { commandBlocks } from "../harness/documentation.ts";
import { cliMain } from "../harness/programs.ts";
import { until } from "../harness/until.ts";
import { layoutShift, newPage, seriousFaults } from "./browser.ts";
import { startCertificateBrowser } from "./certificate-browser.ts";
import { openConsole } from "./open-console.ts";

const web = await openConsole();
afterAll(() => web[Symbol.asyncDispose]());
const { lodge, browser, page, complaints, open, heading, button, row, place, submit, picture } = web;
await lodge.must("launch", "tiny", "web");

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
    await picture("sign-in", second);

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

test("a viewer sees no action that would fail", async () => {
  const viewer = await browser.signedIn("viewer");
  const instance = ["instances", "instances/web", "instances/web/snapshots", "instances/web/devices"];
  const others = ["images", "templates", "networks/lodgebr0", "storage/default", "profiles", "projects", "operations"];
  for (const path of ["", ...instance, ...others]) {
    await open(path, viewer);
    await viewer.locator("table, dl, .lodge-timeline, .pf-v6-c-empty-state").first().waitFor();
    const names = await viewer.locator("main button").allTextContents();
    const acting =
      /\b(create|delete|edit|copy|settings|add|build|attach|upload|get|make|acknowledge|start|stop|restore|take|save|cancel)\b/i;
    expect([path, names.filter((name) => acting.test(name))]).toEqual([path, []]);
  }
  await open("instances/web", viewer);
  await viewer.getByRole("tab", { name: "Events" }).waitFor();
  expect(await viewer.getByRole("tab", { name: "Terminal" }).count()).toBe(0);
  await viewer.context().close();
});

test("who signs out in one tab is signed out in the others", async () => {
  const visitor = await browser.signedIn();
  const second = await visitor.context().newPage();
  await second.goto(new URL("/ui/networks", visitor.url()).href);
  await second.getByRole("button", { name: "Sign out" }).click();
  await visitor.getByRole("heading", { name: "Sign in to Lodge" }).waitFor();
  await visitor.context().close();
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
    await theirs.getByRole("row", { name: /web/ }).waitFor();
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

test("a page that is open says that the daemon is away, and goes on with it; one whose session has ended says so", async () => {
  const visitor = await browser.signedIn();
  await visitor.goto(new URL("/ui/networks", visitor.url()).href);
  await heading("Networks", visitor).waitFor();
  await place("Instances").click();
  await row(/web/).waitFor();
  await lodge.endDaemon("SIGKILL");
  await page.getByText(/daemon restarts or is away/).waitFor();
  // What it would have to fetch it shows later.
  await place("Profiles").click();
  await twelveHoursPass(visitor);
  await lodge.startDaemon();
  await page.getByText(/daemon restarts or is away/).waitFor({ state: "detached" });
  await heading("Profiles").waitFor();
  // Styles that were not fetched cannot be read.
  await page.evaluate("[...document.styleSheets].map(({ cssRules }) => cssRules.length)");
  await place("Instances").click();
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

test("what others do, elsewhere and to the server, is seen at once", async () => {
  await open("projects");
  await row(/default/).waitFor();
  await lodge.must("project", "create", "other");
  await row(/other/).waitFor();
  await page.getByLabel("Project", { exact: true }).selectOption("other");
  await open("networks");
  await lodge.must("project", "delete", "other");
  // Where it was there is nothing any more.
  await page.getByLabel("Project", { exact: true }).waitFor({ state: "detached" });
  await open("instances");
  await row(/web/).waitFor();

  await open("settings");
  await page.getByLabel("governor.mode").waitFor();
  await lodge.must("config", "set", "governor.mode=observe");
  const mode = () => page.getByLabel("governor.mode").inputValue();
  await until("the mode", 20_000, async () => (await mode()) === "observe");
  await page.getByLabel("governor.memory.budget").fill("50%");
  await lodge.must("config", "unset", "governor.mode");
  await page.getByText("Somebody else has changed it since you began").waitFor();
  await button("Show what is there now").click();
  await until("no mode", 20_000, async () => (await mode()) === "");

  await open("settings/tokens");
  await page.getByText("No token waits to be used").waitFor();
  const token = await lodge.client.certificates.issueToken({
    name: "ci",
    restricted: true,
    role: "viewer",
    projects: ["default"],
  });
  await row(/ci/).waitFor();
  await lodge.client.certificates.revokeToken(token);
  await page.getByText("No token waits to be used").waitFor();
});

describe.each([
  ...["", "instances", "instances/web", "instances/web/snapshots", "instances/web/files", "instances/web/devices"],
  ...["instances/web/configuration", "instances/web/logs", "instances/web/events", "create", "images", "templates"],
  ...["networks", "networks/lodgebr0", "storage", "storage/default", "profiles", "projects", "operations"],
  ...["settings", "settings/certificates", "settings/tokens", "settings/warnings", "nowhere"],
])("/ui/%s", (path) => {
  test("can be used by everybody: axe finds no serious fault, light and dark; it stands still, and a telephone shows it whole", async () => {
    await open(path);
    await page.locator("table, dl, form, .lodge-log, .pf-v6-c-empty-state").first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    const name = path.replaceAll("/", "-") || "overview";
    await picture(`${name}-light`);
    await button("Use dark colours").click();
    expect(await seriousFaults(page, ["color-contrast"])).toEqual([]);
    await picture(`${name}-dark`);
    await button("Use light colours").click();
    // What the Core Web Vitals call good.
    expect(await layoutShift(page)).toBeLessThan(0.1);
    await page.setViewportSize({ width: 390, height: 800 });
    await until("the width", 20_000, () =>
      page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"),
    );
    await picture(`${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});

test("the keyboard alone goes past the list of pages, opens a question, leaves it, and is back where it was", async () => {
  await open("networks");
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to content" }).waitFor();
  const focused = () => page.evaluate<string>("document.activeElement?.textContent ?? ''");
  expect(await focused()).toBe("Skip to content");
  await button("Create network").focus();
  await page.keyboard.press("Enter");
  await web.dialog().waitFor();
  await page.keyboard.press("Escape");
  await web.dialog().waitFor({ state: "detached" });
  await until("the way back", 20_000, async () => (await focused()) === "Create network");
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
