import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { imageFiles } from "./image-export.ts";
import { readMultipart } from "./multipart-read.ts";
import { multipartStream } from "./multipart-write.ts";

const form = (contents: readonly Buffer[], boundary: string) =>
  multipartStream(
    contents.map((content, index) => ({
      name: `part${index}`,
      filename: `f${index}`,
      content: Readable.from([content]),
    })),
    boundary,
  );

/** The same bytes in pieces of a size. */
async function* pieces(stream: Readable, size: number) {
  const whole = await buffer(stream);
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

test("what is written is read, however the bytes arrive", async () => {
  const content = fc.array(fc.constantFrom("\r\n", "--", "b", "\r\n--b", "x", "\0"), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.array(content, { maxLength: 3 }), fc.integer({ min: 1, max: 50 }), async (parts, size) => {
      const sent = parts.map((each) => Buffer.from(each.join("")));
      const got: Buffer[] = [];
      const stream = Readable.from(pieces(form(sent, "boundary"), size));
      for await (const part of readMultipart(stream, "boundary")) got.push(await buffer(part.content));
      expect(got.map(String)).toEqual(sent.map(String));
    }),
  );
});

test("a part that is not read is passed over", async () => {
  const seen: string[] = [];
  const stream = form([Buffer.from("first"), Buffer.alloc(300_000), Buffer.from("last")], "b");
  for await (const { headers, content } of readMultipart(stream, "b")) {
    if (headers.get("content-disposition")?.includes("part1")) content.destroy();
    else seen.push(await text(content));
  }
  expect(seen).toEqual(["first", "last"]);
});

test("an answer that ends early is an error", async () => {
  const whole = await buffer(form([Buffer.from("some content")], "b"));
  const read = async () => {
    for await (const part of readMultipart(Readable.from([whole.subarray(0, -8)]), "b")) await buffer(part.content);
  };
  await expect(read()).rejects.toThrow("ended in the middle");
});

test("file names of an export cannot leave a directory", async () => {
  const headers = { "content-disposition": 'attachment; filename="../../etc/passwd"' };
  for await (const file of imageFiles({ status: 200, headers, body: Readable.from(["x"]) }, "abc")) {
    expect(file).toMatchObject({ part: "image", filename: "passwd" });
  }
});
