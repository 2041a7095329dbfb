import { expect, test } from "vitest";
import { describeModel, type Processor, pinProperties, processorArguments } from "./processor.ts";

const all: Processor = { accelerator: "tcg", cpus: 1, model: { kind: "all" }, hyperv: false, translationCache: 32 };
const pinned: Processor["model"] = { kind: "pinned", pin: { properties: "aes=on,family=15", qemu: "7.2.0" } };
const named: Processor["model"] = { kind: "named", name: "Nehalem-v1" };
const cpu = (processor: Processor) => processorArguments(processor)[3];

test.each<[Partial<Processor>, string]>([
  [{}, "max"],
  [{ accelerator: "kvm" }, "host"],
  [{ model: pinned }, "base,aes=on,family=15,pmu=on"],
  [{ accelerator: "kvm", model: pinned }, "base,aes=on,family=15,pmu=on,host-phys-bits=on"],
  [{ model: named }, "Nehalem-v1"],
  [{ hyperv: true }, "max"],
])("%j is %s", (change, expected) => expect(cpu({ ...all, ...change })).toBe(expected));

test("Windows under KVM knows where it is", () => {
  expect(cpu({ ...all, accelerator: "kvm", hyperv: true })).toMatch(/^host,hv-relaxed=on,/);
});

test("what QEMU says of a model makes it anew", () => {
  const expanded = { svm: true, "model-id": "QEMU, that is", xsave: false, family: 15 };
  expect(pinProperties(expanded)).toBe("family=15,model-id=QEMU,, that is,svm=on");
});

test.each([
  [{ kind: "all" } as const, "max"],
  [pinned, "max, as of QEMU 7.2.0"],
  [named, "Nehalem-v1"],
])("%j is told as %s", (model, words) => expect(describeModel("tcg", model)).toBe(words));
