import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDaemon } from "./daemon-lock.ts";

describe("the daemon's lock", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "lodge-lock-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is held by one, who is named to the other, and is free after its release", () => {
    const path = join(directory, "lodged.lock");
    const first = lockDaemon(path);
    expect(() => lockDaemon(path)).toThrowError(
      expect.objectContaining({ code: "daemon_running", message: expect.stringContaining(`pid ${process.pid}`) }),
    );
    first.release();
    lockDaemon(path).release();
  });
});
