import type { InstanceId } from "../instances/driver.ts";
import type { TemplateShape } from "./shape.ts";

/** How a launch begins. */
export type Beginning = Fork | Boot;

export interface Fork {
  readonly kind: "fork";
  readonly template: ClaimedTemplate;
  /** Its machine was there before: it has its root, and waits for its start. */
  readonly ready?: true;
}

export interface Boot {
  readonly kind: "boot";
  readonly why: string;
  /** What a template would have to be made of for the next one to be a fork. */
  readonly shape?: TemplateShape;
}

/** A template that stays for whoever forks from it, until it is disposed of. */
export interface ClaimedTemplate extends Disposable {
  readonly id: InstanceId;
  /** Of its state. */
  readonly directory: string;
  /** Bytes that it booted with. */
  readonly memory: number;
}
