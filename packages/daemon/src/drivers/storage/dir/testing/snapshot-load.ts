/** `node snapshot-load.ts LODGE_DIR TYPE FINGERPRINT` */
import { snapshotLoad } from "../../file-pool/testing/snapshot-load.ts";
import { dirKind } from "./dir-kind.ts";

const [lodgeDir = "", type = "", fingerprint = ""] = process.argv.slice(2);
await snapshotLoad(dirKind.open(lodgeDir), type, fingerprint);
