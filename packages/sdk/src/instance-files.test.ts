import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connect } from "./index.ts";
import { FakeDaemon } from "./testing.ts";

test("files go both ways with owner and mode", async () => {
  const daemon = await FakeDaemon.start([{ name: "web" }]);
  const files = connect({ socket: daemon.socket }).instances.files("web");
  await files.makeDirectory("/root/d", { mode: 0o750 });
  await files.write("/root/d/f", Readable.from(["one "]), { uid: 5, gid: 6, mode: 0o4711 });
  await files.write("/root/d/f", Readable.from(["two"]), { uid: 5, gid: 6, mode: 0o4711 }, true);
  await files.makeSymlink("/root/d/l", "f");
  const file = await files.read("/root/d/f");
  expect(file).toMatchObject({ type: "file", uid: 5, gid: 6, mode: 0o4711 });
  expect(file.type === "file" && (await text(file.content))).toBe("one two");
  expect(await files.read("/root/d")).toMatchObject({ type: "directory", entries: ["f", "l"], mode: 0o750 });
  expect(await files.read("/root/d/l")).toMatchObject({ type: "symlink", target: "f" });
  await files.remove("/root/d/l");
  await expect(files.read("/root/d/l")).rejects.toMatchObject({ code: "file_not_found" });
  await daemon.stop();
});
