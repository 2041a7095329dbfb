/** Instances beside Docker, whose FORWARD chain drops what it does not know. The chains are made as Docker makes them. Needs root. */
import { testNetwork, testPort } from "@lodge/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../system/run.ts";
import { type BridgeDriver, removeFabric } from "./driver.ts";
import { runInside } from "./fabric-namespace.ts";
import { NetworkHost } from "./testing/network-host.ts";
import { inSandbox } from "./testing/sandbox.ts";

const listen = "198.51.100.2";
const programs = ["iptables", "ip6tables"];

async function startDocker(): Promise<void> {
  for (const program of programs) {
    for (const command of [
      "-P FORWARD DROP",
      "-N DOCKER-USER",
      "-A DOCKER-USER -j RETURN",
      "-I FORWARD -j DOCKER-USER",
    ])
      await run(program, command.split(" "));
  }
}

const userChain = () => Promise.all(programs.map((program) => run(program, ["-S", "DOCKER-USER"])));

inSandbox(import.meta.filename, () => {
  describe("beside Docker", () => {
    const port = testPort(1);
    const rule = { protocol: "tcp", target: port.ipv4, first: 80, last: 80 } as const;
    const network = { ...testNetwork, forwards: [{ listen, ports: [rule] }] };
    let host: NetworkHost;
    let driver: BridgeDriver;
    let outside: string;
    let place: string;
    const goesOut = () => runInside(place)("ping", ["-c", "1", "-W", "1", "198.51.100.1"]);
    const comesIn = () => host.ask(outside, "tcp4", listen, 80);

    beforeAll(async () => {
      await run("ip", ["link", "set", "lo", "up"]);
      host = await NetworkHost.create();
      outside = await host.connect(1500);
      driver = host.driver("auto");
      await driver.ensure(network);
      place = await host.namespace();
      await driver.attach(port, { kind: "namespace", path: place });
      await host.boot(place);
      await host.serve(place, "tcp4", 80);
    });
    afterAll(() => host.close());

    it("nothing would pass by itself", async () => {
      await goesOut();
      driver.close();
      await startDocker();
      await expect(goesOut()).rejects.toThrow();
      await expect(comesIn()).rejects.toThrow();
    });

    it("instances go out and are reached all the same, in both families", async () => {
      driver = host.driver("auto");
      await driver.ensure(network);
      await goesOut();
      expect(await comesIn()).toBe("198.51.100.1");
      const addresses = () => runInside(place)("ip", ["-6", "addr", "show", "dev", "eth0", "-tentative"]);
      await expect.poll(addresses, { timeout: 10_000 }).toContain(port.ipv6);
      await runInside(place)("ping", ["-c", "1", "-W", "2", "2001:db8::1"]);
    });

    it("what was closed before stays closed", async () => {
      await runInside(outside)("ip", ["route", "replace", "10.211.7.0/24", "via", listen]);
      await expect(runInside(outside)("ping", ["-c", "1", "-W", "1", port.ipv4])).rejects.toThrow();
    });

    it("also when the chain is made anew later", async () => {
      for (const program of programs) await run(program, ["-F", "DOCKER-USER"]);
      await expect(goesOut()).rejects.toThrow();
      await expect
        .poll(
          () =>
            goesOut().then(
              () => true,
              () => false,
            ),
          { timeout: 15_000 },
        )
        .toBe(true);
    });

    it("and when everything is flushed that the host filters by", async () => {
      await run("nft", ["delete", "table", "inet", `lodge_${host.paths.tag}`]);
      await expect
        .poll(
          () =>
            goesOut().then(
              () => true,
              () => false,
            ),
          { timeout: 15_000 },
        )
        .toBe(true);
    });

    it("the chain is as it was once Lodge is gone", async () => {
      expect((await userChain()).join()).toContain(`-i lodge-${host.paths.tag} -j ACCEPT`);
      driver.close();
      await removeFabric(host.paths);
      expect(await userChain()).toEqual(["-N DOCKER-USER", "-N DOCKER-USER"]);
    });
  });
});
