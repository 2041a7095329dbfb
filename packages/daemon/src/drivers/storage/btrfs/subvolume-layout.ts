/** Where the files of a root or of a layer lie in its directory: as the container made them, which nobody else of the host may reach. */
import { join } from "node:path";

/** Streams carry it: pools know by it what is theirs. */
const subvolumeName = "tree";

export const closedOf = (directory: string): string => join(directory, "data");
export const treeOf = (directory: string): string => join(closedOf(directory), subvolumeName);
