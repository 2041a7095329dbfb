import type { NodeAccess } from "@lodge/core";
import type { DeviceRule } from "../../../../system/device-rules.ts";

/** One thing that a container gets for a device: a device may consist of several. */
export type Offer = TreeOffer | NodeOffer;

/** A directory or a file. */
export interface TreeOffer {
  readonly kind: "directory" | "file";
  /** Unique among the container's offers. */
  readonly name: string;
  /** Where the container sees it. */
  readonly target: string;
  /** Absolute path on the host. */
  readonly source: string;
  /** The source is a block device, and what is on it is meant. */
  readonly mountSource: boolean;
  readonly readonly: boolean;
  /** Owners are the same numbers inside. */
  readonly shift: boolean;
  readonly recursive: boolean;
}

/** A device node. */
export interface NodeOffer {
  readonly kind: "node";
  readonly name: string;
  readonly target: string;
  readonly node: DeviceNumber;
  readonly access: NodeAccess;
}

export interface DeviceNumber {
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
}

/** Offers of one device are told apart by a number behind a comma, which no device's name has. */
export const offerName = (device: string, index: number): string => (index === 0 ? device : `${device},${index}`);

/** The device of an offer. */
export const deviceOfOffer = (name: string): string => name.split(",", 1)[0] ?? "";

export const ruleOfNode = (node: DeviceNumber): DeviceRule => ({ ...node, access: "rwm" });
