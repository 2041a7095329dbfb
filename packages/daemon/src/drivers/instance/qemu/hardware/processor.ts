import type { Accelerator } from "../accelerator/verdict.ts";

export interface Processor {
  readonly accelerator: Accelerator;
  readonly cpus: number;
  /** How many it may come to have while it runs; missing: no more. */
  readonly most?: number;
  readonly model: ProcessorModel;
  /** The guest knows Hyper-V's interfaces: with them it needs less of the processor (KVM only). */
  readonly hyperv: boolean;
  /** MiB of translated code that TCG keeps at most. */
  readonly translationCache: number;
}

/** What the guest's processors can do. */
export type ProcessorModel =
  /** All that the accelerator can do now. */
  | { readonly kind: "all" }
  /** What it could do when the instance was first started. */
  | { readonly kind: "pinned"; readonly pin: ProcessorPin }
  /** One of QEMU's own models. */
  | { readonly kind: "named"; readonly name: string };

/** A processor as QEMU described it once. */
export interface ProcessorPin {
  /** Features and numbers, as QEMU's `-cpu` takes them. */
  readonly properties: string;
  /** Version of the QEMU that described it. */
  readonly qemu: string;
}

/**
 * MiB of translated code. It is enough for a booting Debian and small beside its memory; of forks there are many, each begins with an
 * empty cache, and it is what most of their memory goes into.
 */
export const translationCache = { boot: 128, fork: 24 } as const;

/** QEMU's name of all that an accelerator can do. */
export const allOf = (accelerator: Accelerator): string => (accelerator === "kvm" ? "host" : "max");

const hypervFeatures = [
  ...["hv-relaxed=on", "hv-vapic=on", "hv-spinlocks=0x1fff", "hv-vpindex=on", "hv-runtime=on"],
  ...["hv-time=on", "hv-synic=on", "hv-stimer=on", "hv-frequencies=on", "hv-reset=on"],
];

export function processorArguments(processor: Processor): string[] {
  const { accelerator, cpus, most, model, hyperv, translationCache } = processor;
  const features = hyperv && accelerator === "kvm" ? hypervFeatures : [];
  return [
    ...["-accel", accelerator === "kvm" ? "kvm" : `tcg,thread=multi,tb-size=${translationCache}`],
    ...["-cpu", [modelArgument(accelerator, model), ...features].join(",")],
    ...[
      "-smp",
      `cpus=${cpus},sockets=1,cores=${most ?? cpus},threads=1${most === undefined ? "" : `,maxcpus=${most}`}`,
    ],
  ];
}

/** The id of a CPU that came later. */
export const cpuId = (core: number): string => `cpu${core}`;

function modelArgument(accelerator: Accelerator, model: ProcessorModel): string {
  if (model.kind === "named") return model.name;
  if (model.kind === "all") return allOf(accelerator);
  // What `host` and `max` have beside the features that QEMU tells.
  const more = accelerator === "kvm" ? ["pmu=on", "host-phys-bits=on"] : ["pmu=on"];
  return ["base", model.pin.properties, ...more].join(",");
}

/** How a model is told to people. */
export function describeModel(accelerator: Accelerator, model: ProcessorModel): string {
  if (model.kind === "named") return model.name;
  const all = allOf(accelerator);
  return model.kind === "all" ? all : `${all}, as of QEMU ${model.pin.qemu}`;
}

/** The properties of `-cpu` that make of the empty model `base` what QEMU's expansion of a model says. */
export function pinProperties(expanded: Readonly<Record<string, unknown>>): string {
  return Object.entries(expanded)
    .flatMap(([property, value]) => {
      if (value === false) return [];
      return value === true ? [`${property}=on`] : [`${property}=${String(value).replaceAll(",", ",,")}`];
    })
    .sort()
    .join(",");
}
