import { expect, test } from "vitest";
import { sizeRefusal, templateRoom, withTemplateSize } from "./sizes.ts";

test("a template is small, whatever is asked for", () => {
  expect(withTemplateSize({ "limits.memory": "8GiB", "limits.cpu": "4", "limits.cpu.model": "Nehalem" })).toEqual({
    ...{ "limits.memory": "256MiB", "limits.cpu": "1", "limits.cpu.model": "Nehalem" },
  });
});

test("forks may have what the host has", () => {
  expect(templateRoom({ cpus: 6, memory: 1.5 * 2 ** 30, raw: true })).toEqual({ cpus: 6, memory: 2 ** 31 });
});

test.each([
  [{}, undefined],
  [{ "limits.memory": "256MiB" }, undefined],
  [{ "limits.memory": "255MiB" }, "templates have 256MiB of memory, and it has less"],
])("%j: %s", (config, why) => expect(sizeRefusal(config)).toBe(why));
