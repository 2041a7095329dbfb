import { expect, test } from "vitest";
import { swtpmArguments, tpmArguments } from "./arguments.ts";

test("the TPM is reached by nothing but its descriptor", () => {
  expect(swtpmArguments({ directory: "/p/state/tpm", control: 3, log: 4 })).toEqual([
    ...["socket", "--tpm2", "--ctrl", "type=unixio,clientfd=3", "--tpmstate", "dir=/p/state/tpm,mode=0600"],
    ...["--log", "fd=4,level=1", "--terminate"],
  ]);
  expect(tpmArguments(9)).toContain("socket,id=tpm,fd=9");
});
