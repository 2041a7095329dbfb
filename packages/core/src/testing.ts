export * from "./store/describe-store.ts";
export * from "./store/memory-store.ts";
