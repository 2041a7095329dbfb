import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { receiveImage } from "./receive-image.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "lodge-receive-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A multipart message of these parts, in this order. */
async function message(parts: readonly (readonly [string, string])[]) {
  const form = new FormData();
  for (const [name, content] of parts) form.append(name, new Blob([content]), `${name}.bin`);
  const response = new Response(form);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { headers: { "content-type": response.headers.get("content-type") ?? "" }, bytes };
}

async function receive(parts: readonly (readonly [string, string])[], cut = (bytes: Buffer) => bytes) {
  const { headers, bytes } = await message(parts);
  const hash = createHash("sha256");
  const received = await receiveImage(headers, inPieces(cut(bytes), 7), directory, hash);
  return { ...received, fingerprint: hash.digest("hex") };
}

/** As a network delivers them. */
function inPieces(bytes: Buffer, size: number): Readable {
  const count = Math.ceil(bytes.length / size);
  const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return Readable.from(pieces, { objectMode: false });
}

describe("receiving an image", () => {
  it("takes one body as a unified image", async () => {
    const hash = createHash("sha256");
    const body = Readable.from([Buffer.from("the "), Buffer.from("image")]);
    const received = await receiveImage({}, body, directory, hash);
    expect(received).toEqual({ rootfs: join(directory, "rootfs") });
    expect(hash.digest("hex")).toBe(sha256("the image"));
    expect(await readFile(received.rootfs, "utf8")).toBe("the image");
  });

  it("keeps zeros as holes, also at the end", async () => {
    const zeros = Buffer.alloc(1 << 16);
    const pieces = [zeros, Buffer.from("data"), zeros, zeros];
    const { rootfs } = await receiveImage({}, Readable.from(pieces), directory);
    expect(await readFile(rootfs)).toEqual(Buffer.concat(pieces));
    expect((await stat(rootfs)).blocks * 512).toBeLessThan(1 << 16);
  });

  it.each(["rootfs", "rootfs.img"])("takes metadata and %s in parts, hashed one after the other", async (name) => {
    const received = await receive([
      ["metadata", "meta"],
      [name, "the root"],
    ]);
    expect(received.fingerprint).toBe(sha256("metathe root"));
    expect(await readFile(received.metadata ?? "", "utf8")).toBe("meta");
    expect(await readFile(received.rootfs, "utf8")).toBe("the root");
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    [
      "the wrong order",
      [
        ["rootfs", "r"],
        ["metadata", "m"],
      ],
    ],
    ["no root", [["metadata", "m"]]],
    ["no parts", []],
    [
      "a part twice",
      [
        ["metadata", "m"],
        ["metadata", "m"],
      ],
    ],
    [
      "two roots",
      [
        ["metadata", "m"],
        ["rootfs", "r"],
        ["rootfs.img", "r"],
      ],
    ],
  ])("refuses %s", async (_what, parts) => {
    await expect(receive(parts)).rejects.toMatchObject({ code: "image_invalid" });
  });

  it("refuses a message that ends anywhere before its end", async () => {
    const parts = [
      ["metadata", "meta"],
      ["rootfs", "the root"],
    ] as const;
    const { bytes } = await message(parts);
    for (let length = 0; length < bytes.length - 4; length += 13) {
      await rm(directory, { recursive: true });
      directory = await mkdtemp(join(tmpdir(), "lodge-receive-"));
      await expect(receive(parts, (b) => b.subarray(0, length))).rejects.toMatchObject({ code: "image_invalid" });
    }
  });

  it("refuses a message without a boundary", async () => {
    const headers = { "content-type": "multipart/form-data" };
    await expect(receiveImage(headers, Readable.from(["x"]), directory)).rejects.toMatchObject({
      code: "image_invalid",
    });
  });

  it("takes or refuses a message with random damage, and nothing else", { timeout: 60_000 }, async () => {
    const { headers, bytes } = await message([
      ["metadata", "meta"],
      ["rootfs", "the root"],
    ]);
    const damage = fc.record({
      at: fc.nat(bytes.length),
      remove: fc.nat(40),
      insert: fc.uint8Array({ maxLength: 40 }),
      size: fc.integer({ min: 1, max: 64 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, remove, insert, size }) => {
        const damaged = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        const place = await mkdtemp(join(directory, "run-"));
        const outcome = await receiveImage(headers, inPieces(damaged, size), place).catch((error: unknown) => error);
        expect(outcome).toSatisfy((o: { rootfs?: string; code?: string }) => !!o.rootfs || o.code === "image_invalid");
      }),
      { numRuns: 400 },
    );
  });

  it("reads an upload to its end when it cannot be saved, so that the client hears why", async () => {
    await rm(directory, { recursive: true });
    const body = Readable.from([Buffer.from("a"), Buffer.from("b")]);
    await expect(receiveImage({}, body, directory)).rejects.toMatchObject({ code: "ENOENT" });
    await expect.poll(() => body.readableEnded).toBe(true);
  });
});
