/** A daemon, a browser and a page of the console that is signed in: what each file of these tests begins with. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Lodge } from "../harness/lodge.ts";
import { startLodge } from "../harness/start-lodge.ts";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";

export interface OpenConsole extends AsyncDisposable {
  readonly lodge: Lodge;
  readonly browser: ConsoleBrowser;
  /** Of an administrator. */
  readonly page: Page;
  /** What has thrown on that page, or was forbidden by its policy. */
  readonly complaints: readonly string[];
  /** `instances/web`: the page beneath `/ui/`, once it has a heading. */
  open(path: string, on?: Page): Promise<void>;
  heading(name: string, on?: Page): Locator;
  button(name: string | RegExp, on?: Page): Locator;
  row(name: string | RegExp): Locator;
  /** In the list of pages. */
  place(name: string): Locator;
  dialog(): Locator;
  /** Presses a button of the dialog. */
  submit(name: string): Promise<void>;
  /** Deletes what is lost by it, which has to be named. */
  confirmWith(name: string): Promise<void>;
  /** Kept where LODGE_CONSOLE_PICTURES says, for those who look at them. */
  picture(name: string, of?: Page): Promise<void>;
}

const pictures = process.env["LODGE_CONSOLE_PICTURES"];

export async function openConsole(): Promise<OpenConsole> {
  await using made = new AsyncDisposableStack();
  const lodge = await startLodge({ images: ["tiny"] });
  made.defer(() => lodge.stop());
  const browser = made.use(await startBrowser(lodge));
  const page = await browser.signedIn();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  const button = (name: string | RegExp, on: Page | Locator = page) =>
    on.getByRole("button", { name, exact: typeof name === "string" });
  const dialog = () => page.getByRole("dialog");
  const kept = made.move();
  return {
    ...{ lodge, browser, page, complaints, button, dialog },
    open: async (path, on = page) => {
      await on.goto(new URL(`/ui/${path}`, on.url()).href);
      await on.getByRole("heading", { level: 1 }).waitFor();
    },
    heading: (name, on = page) => on.getByRole("heading", { level: 1, name, exact: true }),
    row: (name) => page.getByRole("row", { name }),
    place: (name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }),
    submit: (name) => button(name, dialog()).click(),
    confirmWith: async (name) => {
      expect(await button("Delete", dialog()).isDisabled()).toBe(true);
      await dialog().getByLabel(`Type ${name} to confirm`).fill(name);
      await button("Delete", dialog()).click();
    },
    picture: async (name, of = page) => {
      if (!pictures) return;
      mkdirSync(pictures, { recursive: true });
      await of.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
