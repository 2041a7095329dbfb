/** Debian's Chromium, in the network that the daemon takes for the host's: what it opens is as it is for users of that host. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Lodge } from "../harness/lodge.ts";

export interface ConsoleBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** A page of a browser of its own, that knows nothing of the others, signed in by a link; `role`: with that role alone. */
  signedIn(role?: "viewer" | "operator"): Promise<Page>;
}

export async function startBrowser(lodge: Lodge): Promise<ConsoleBrowser> {
  const scratch = mkdtempSync(join(tmpdir(), "lodge-browser-"));
  const program = join(scratch, "chromium");
  writeFileSync(program, `#!/bin/sh\nexec ${[...lodge.insideHostNetwork, "/usr/bin/chromium"].join(" ")} "$@"\n`);
  chmodSync(program, 0o755);
  const browser = await chromium.launch({ executablePath: program, args: ["--disable-gpu", "--no-proxy-server"] });
  return {
    browser,
    async signedIn(role) {
      const page = await newPage(browser);
      await page.goto(await lodge.must("--quiet", "console-url", "--local", ...(role ? [`--${role}`] : [])));
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Of a browser of its own. Without motion: colours are what they are to be at once. */
export async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Fault {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds that keeps somebody from using the page; `rules`: of these alone. */
export async function seriousFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe);
  const options = JSON.stringify(rules ? { runOnly: rules } : {});
  const faults = (await page.evaluate(
    `axe.run(document, ${options}).then(({ violations }) => violations)`,
  )) as readonly Fault[];
  return faults
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** How far what was there has moved by itself since the page was opened: 0 is not at all, 1 would be all of it by the window's height. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const sum = (list) => resolve(list.getEntries().reduce((all, { value, hadRecentInput }) => all + (hadRecentInput ? 0 : value), 0));
    new PerformanceObserver(sum).observe({ type: "layout-shift", buffered: true });
    setTimeout(resolve, 100, 0);
  })`);
}
