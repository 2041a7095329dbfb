import type { OperationContext, OperationRequest } from "../operations/operation.ts";
import type { MigrationLink } from "./link.ts";

/** One side's work of a migration, as an operation. What could be refused without the other side was refused already. */
export interface MigrationSide extends Pick<OperationRequest, "description" | "resources"> {
  /** Ends when both sides are done, or fails; whoever calls it disposes of the link. */
  run(link: MigrationLink, context: OperationContext): Promise<void>;
}
