export type Accelerator = "kvm" | "tcg";

/** What VMs are run with on this host, and why. */
export interface AcceleratorVerdict {
  readonly accelerator: Accelerator;
  /** In words, for `lodge host info`. */
  readonly reason: string;
}

/** Where a driver gets its verdict. */
export interface AcceleratorProvider {
  /** Probes when nothing is known yet for this boot of the host; a kernel to probe with helps. */
  verdict(kernel?: string): Promise<AcceleratorVerdict>;
}

/** What was decided, for those who would not have it decided. */
export interface KnownVerdict {
  /** Undefined while nobody needed to know. */
  known(): AcceleratorVerdict | undefined;
}
