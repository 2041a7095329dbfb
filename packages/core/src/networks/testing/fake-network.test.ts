import { describeNetwork } from "./describe-network.ts";
import { FakeNetwork } from "./fake-network.ts";

describeNetwork("the network in memory", async () => {
  const driver = new FakeNetwork();
  return {
    driver,
    place: async (kind) => (kind === "tap" ? { kind, uid: 1_000_000 } : { kind, path: "/namespaces/1" }),
    restart: () => new FakeNetwork(driver),
    close: async () => undefined,
  };
});
