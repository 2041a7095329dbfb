/** `node snapshot-load.ts LODGE_DIR TYPE FINGERPRINT` */
import { snapshotLoad } from "../../file-pool/testing/snapshot-load.ts";
import { btrfsKind } from "./btrfs-kind.ts";

const [lodgeDir = "", type = "", fingerprint = ""] = process.argv.slice(2);
await snapshotLoad(btrfsKind.open(lodgeDir), type, fingerprint);
