/**
 * Pictures of the console for the documentation, of a daemon with instances: `npm run docs:pictures`. Each page light and dark, in
 * docs/pictures.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { Lodge } from "../harness/lodge.ts";
import { checkout } from "../harness/programs.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { until } from "../harness/until.ts";
import { startBrowser } from "./browser.ts";

const directory = join(checkout, "docs", "pictures");

/** Name, path, and what is done on it before it is taken. */
const pages: readonly (readonly [name: string, path: string, prepare?: (page: Page) => Promise<void>])[] = [
  ["instances", "instances"],
  ["create", "create", fillIn],
  ["instance", "instances/web"],
  ["terminal", "instances/web/terminal", typeSomething],
  ["screen", "instances/desk/screen", waitForScreen],
  ["images", "images"],
  ["network", "networks/lodgebr0"],
  ["projects", "projects"],
  ["settings", "settings"],
  // Last: it shows what the others have cost.
  ["overview", ""],
];

const lodge = await startLodge({ images: ["tiny"] });
try {
  await furnish(lodge);
  await using browser = await startBrowser(lodge);
  const page = await browser.signedIn();
  mkdirSync(directory, { recursive: true });
  for (const [name, path, prepare] of pages) {
    await page.goto(new URL(`/ui/${path}`, page.url()).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.locator("table, dl, form, .xterm, canvas").first().waitFor();
    await prepare?.(page);
    await page.waitForLoadState("networkidle");
    for (const theme of ["light", "dark"] as const) {
      if (theme === "dark") await page.getByRole("button", { name: "Use dark colours" }).click();
      const file = `console-${name}-${theme}.png`;
      await page.screenshot({ path: join(directory, file), animations: "disabled" });
      process.stdout.write(`docs/pictures/${file}\n`);
    }
    await page.getByRole("button", { name: "Use light colours" }).click();
  }
} finally {
  await lodge.stop();
}

/** Something of everything. */
async function furnish(on: Lodge): Promise<void> {
  const run = (...words: string[]) => on.must(...words);
  await run("profile", "create", "small");
  await run("profile", "set", "small", "limits.memory=128MiB");
  for (const name of ["web", "cache", "mail"]) await run("launch", "tiny", name, "-c", "limits.memory=256MiB");
  await run("launch", "tiny", "queue", "--profile", "default", "--profile", "small");
  await run("init", "tiny", "archive");
  await run("launch", "tiny", "desk", "--vm");
  await run("snapshot", "create", "web", "before-upgrade");
  await run("pause", "mail");
  await run("project", "create", "team", "-c", "limits.instances=10");
  await run("config", "set", "governor.mode=on");
}

async function fillIn(page: Page): Promise<void> {
  await page.getByRole("radio", { name: /^tiny/ }).check();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("shop");
}

async function typeSomething(page: Page): Promise<void> {
  const rows = page.locator(".xterm-rows");
  await until("a prompt", 20_000, async () => /[#$]/.test((await rows.textContent()) ?? ""));
  await page.keyboard.type("cat /etc/os-release; ip -o -f inet address show eth0; uname -sr; uptime\n");
  await rows.getByText(/load average/).waitFor();
}

async function waitForScreen(page: Page): Promise<void> {
  const size = "[...document.querySelectorAll('canvas')].some(({ width, height }) => width > 300 && height > 200)";
  await until("a picture", 60_000, () => page.evaluate<boolean>(size));
}
