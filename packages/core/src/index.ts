export * from "./images/source.ts";
export * from "./instances/driver.ts";
export * from "./networks/network.ts";
export * from "./storage/pool.ts";
export * from "./store.ts";
