import { expect, it } from "vitest";
import { Secrets } from "./secrets.ts";

it("open what they were added for until they are taken away", () => {
  const secrets = new Secrets<string>();
  const forget = secrets.add("one", "a door");
  secrets.add("two", "another");
  expect([secrets.find("one"), secrets.find("two"), secrets.find("")]).toEqual(["a door", "another", undefined]);
  forget();
  forget();
  expect([secrets.find("one"), secrets.find("two")]).toEqual([undefined, "another"]);
});
