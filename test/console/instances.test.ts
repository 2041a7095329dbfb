/** Instances in the console: made, used, kept, changed and deleted in a browser, of a real daemon, a real container, a real machine. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "../harness/until.ts";
import { seriousFaults } from "./browser.ts";
import { openConsole } from "./open-console.ts";

const web = await openConsole();
afterAll(() => web[Symbol.asyncDispose]());
const { lodge, browser, page, complaints, open, heading, button, place, dialog, submit, confirmWith, picture } = web;

describe("an instance", () => {
  test("is created on a page that shows the way on, and is listed without a refresh", async () => {
    await place("Instances").click();
    await page.getByText("There are no instances yet").waitFor();
    await picture("empty");
    await page.getByRole("link", { name: "Create instance" }).first().click();
    await page.getByRole("radio", { name: /^tiny/ }).check();
    await page.getByLabel("Name").fill("web");
    await picture("create");
    expect(await seriousFaults(page)).toEqual([]);
    await button("Create").click();
    await page.getByRole("link", { name: "Open web" }).waitFor();
    await place("Instances").click();
    await page.getByRole("row", { name: /web/ }).getByText("Running").waitFor();
    await picture("instances");
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
    await picture("instance");
    await page.getByRole("tab", { name: "Terminal" }).click();
    await page.locator(".xterm-rows").waitFor();
    await until("a prompt", 20_000, async () => /[#$]/.test((await page.locator(".xterm-rows").textContent()) ?? ""));
    await page.keyboard.type("echo $((6 * 7)) is the answer from $(hostname)\n");
    await page.locator(".xterm-rows").getByText("42 is the answer from web").waitFor();
    await picture("terminal");
    const before = await page.locator(".xterm-rows > div").count();
    // The terminal's place, not the window: Chromium without a screen now and then draws no more after that.
    const flex = (value: string) =>
      page.evaluate(`document.querySelector(".lodge-terminal-place").style.flex = "${value}"`);
    await flex("0 0 12rem");
    await until("fewer rows", 5000, async () => (await page.locator(".xterm-rows > div").count()) < before);
    const rows = await page.locator(".xterm-rows > div").count();
    await page.keyboard.type("stty size\n");
    await page
      .locator(".xterm-rows")
      .getByText(new RegExp(`^${rows} \\d+`))
      .first()
      .waitFor();
    await flex("");
    await page.keyboard.type("exit\n");
    await page.getByText("The session has ended.").waitFor();
  });

  // In a browser of its own: what it does with the clipboard is nothing to the pages of the others.
  test("has a terminal from which one copies, and into which one pastes", async () => {
    const visitor = await browser.signedIn();
    await visitor.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await open("instances/web/terminal", visitor);
    const rows = visitor.locator(".xterm-rows");
    await until("a prompt", 20_000, async () => /[#$]/.test((await rows.textContent()) ?? ""));
    await visitor.evaluate("navigator.clipboard.writeText('echo $((6 * 8)) is pasted\\n')");
    await button("Paste", visitor).click();
    const pasted = rows.getByText("48 is pasted").last();
    await pasted.waitFor();
    const { x, y, height } = (await pasted.boundingBox()) ?? { x: 0, y: 0, height: 0 };
    await visitor.mouse.dblclick(x + 4, y + height / 2);
    await button("Copy", visitor).click();
    await until("the copy", 20_000, async () => (await visitor.evaluate("navigator.clipboard.readText()")) === "48");
    await visitor.context().close();
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
    await picture("files");
    const [download] = await Promise.all([page.waitForEvent("download"), button("Download hello.txt").click()]);
    expect(readFileSync(await download.path(), "utf8")).toBe("hello, world");
  });

  test("goes back to a snapshot, and is forked", async () => {
    await page.getByRole("tab", { name: "Snapshots" }).click();
    await page.getByLabel("Name of a new snapshot").fill("before");
    await button("Take snapshot").click();
    await button("Rename before").click();
    await page.getByLabel("New name").fill("earlier");
    await submit("Rename");
    await button("Keep earlier").click();
    await dialog().getByLabel("From now on").selectOption({ label: "for a day" });
    await submit("Keep it so long");
    await page.getByText(/kept until/).waitFor();
    await picture("snapshots");
    await lodge.must("exec", "web", "--", "rm", "/srv/hello.txt");
    await button("Restore earlier").click();
    await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
    await page.getByText("Restore web/earlier: done").waitFor();
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
    await button("Delete earlier").click();
    await confirmWith("earlier");
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
    await picture("configuration");
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
    await picture("charts");
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
  await picture("screen");
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

test("charts that stay open take no more memory", async () => {
  const visitor = await browser.signedIn();
  await visitor.clock.install();
  let polls = 0;
  await visitor.route(/\/1\.0\/.*\/history/, (route) => route.fulfill({ json: historyAt(polls++) }));
  await open("instances/web", visitor);
  const session = await visitor.context().newCDPSession(visitor);
  await session.send("Performance.enable");
  const look = async (minutes: number) => {
    for (const until = polls + minutes * 12; polls < until; ) {
      const answer = visitor.waitForResponse(/\/history/);
      await visitor.clock.runFor(5000);
      await answer;
    }
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
    return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
  };
  // Time goes faster than the program comes: until all that is to be there has been drawn.
  await look(1);
  await visitor.locator(".lodge-charts .uplot canvas").last().waitFor();
  const before = await look(1);
  const after = await look(4);
  const grown = (after.heap - before.heap) / 1024;
  process.stdout.write(`console: four minutes of open charts, of an hour each: ${Math.round(grown)} KiB more\n`);
  // An hour of points is 60 KiB for each poll that would be kept.
  expect(grown).toBeLessThan(1500);
  expect(after.nodes - before.nodes).toBeLessThan(50);
  expect(after.listeners - before.listeners).toBeLessThan(10);
  await visitor.context().close();
});

/** An hour, five seconds later at each poll. */
function historyAt(poll: number): unknown {
  const [step, count] = [5, poll === 0 ? 720 : 3];
  const end = Date.parse("2026-01-01T01:00:00Z") + poll * step * 1000;
  const names = ["cpu", "memory_used", "memory_demand", "memory_target", "pressure_memory"];
  const flows = ["disk_read", "disk_written", "network_received", "network_sent", "processes"];
  const series = Object.fromEntries([...names, ...flows].map((name) => [name, Array(count).fill(poll % 100)]));
  const metadata = { start: new Date(end - count * step * 1000).toISOString(), step, series };
  return { type: "sync", status: "Success", status_code: 200, metadata };
}

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
  await picture("thousand", visitor);
  const begun = performance.now();
  await visitor.getByLabel("Search instances").fill("m0999");
  await visitor.getByText("1 of 1000").waitFor();
  process.stdout.write(`console: search in 1,000 instances ${Math.round(performance.now() - begun)} ms\n`);
  await visitor.getByLabel("Search instances").fill("");
  await visitor.locator(".lodge-table").evaluate((table) => table.scrollTo(0, table.scrollHeight));
  await visitor.getByRole("link", { name: "m0999" }).waitFor();
});

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

test("no page has thrown, or broken its policy", () => expect(complaints).toEqual([]));

test("an instance is deleted, and is gone without a refresh", async () => {
  await page.goto(new URL("/ui/instances", page.url()).href);
  await page.getByLabel("Choose web").check();
  await button("Delete 1").click();
  await confirmWith("web");
  await page.getByText("There are no instances yet").waitFor();
  expect(await lodge.must("list", "--format", "csv")).toBe("");
});
