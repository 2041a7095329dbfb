import { describeStore } from "./describe-store.ts";
import { MemoryStore } from "./memory-store.ts";

describeStore("in memory", async () => new MemoryStore());
