import type { InstanceType } from "@lodge/api";
import { inParallel } from "../in-parallel.ts";
import type { InstanceDependencies, RuntimeDriver } from "../instances/dependencies.ts";
import type { InstanceId } from "../instances/driver.ts";
import type { NetworkDriver } from "../networks/network.ts";
import type { HostMeter, HostUse, Traffic, Use } from "./measuring.ts";

/** What all instances that run, and the host, had used at a moment. */
export interface Look {
  /** Milliseconds of a clock that does not jump. */
  readonly at: number;
  readonly uses: ReadonlyMap<InstanceId, Use>;
  readonly host: HostUse;
}

export interface LooksDependencies extends Pick<InstanceDependencies, "log"> {
  readonly drivers: ReadonlyMap<InstanceType, Pick<RuntimeDriver, "type" | "uses">>;
  readonly network: Pick<NetworkDriver, "state">;
  readonly meter: Pick<HostMeter, "host">;
  readonly clock: () => number;
}

/** Networks that are asked at once. */
const atOnce = 16;

/** One place that looks at what instances use, for all who want to know: whoever comes soon after another has the same look. */
export class Looks {
  readonly #deps: LooksDependencies;
  #last: Look | undefined;
  #before: Look | undefined;
  #under: Promise<Look> | undefined;

  constructor(deps: LooksDependencies) {
    this.#deps = deps;
  }

  /** The last one, when it is not older than so many milliseconds; else another. With the one before it. */
  async latest(age: number): Promise<{ readonly now: Look; readonly before: Look | undefined }> {
    let now = this.#last;
    if (!now || this.#deps.clock() - now.at > age) {
      this.#under ??= this.#look().finally(() => {
        this.#under = undefined;
      });
      now = await this.#under;
    }
    return { now, before: this.#before };
  }

  async #look(): Promise<Look> {
    const { drivers, meter, clock, log } = this.#deps;
    const all = await Promise.all(
      [...drivers.values()].map((driver) =>
        (driver.uses?.() ?? Promise.resolve(new Map<InstanceId, Use>())).catch((err: unknown) => {
          // Those of the other drivers shall not be missing for that.
          log.warn({ driver: driver.type, err }, "instances could not be measured");
          return new Map<InstanceId, Use>();
        }),
      ),
    );
    const uses = new Map(all.flatMap((each) => [...each]));
    await this.#addTraffic(uses);
    const look = { at: clock(), uses, host: meter.host() };
    this.#before = this.#last;
    this.#last = look;
    return look;
  }

  async #addTraffic(uses: Map<InstanceId, Use>): Promise<void> {
    const missing = [...uses].filter(([, { traffic }]) => !traffic);
    await inParallel(missing, atOnce, async ([id, use]) => {
      const ports = await this.#deps.network.state(id).catch(() => undefined);
      if (ports) uses.set(id, { ...use, traffic: sumOf(Object.values(ports)) });
    });
  }
}

function sumOf(ports: readonly Traffic[]): Traffic {
  const sum = (figure: keyof Traffic) => ports.reduce((total, port) => total + port[figure], 0);
  return { bytesReceived: sum("bytesReceived"), bytesSent: sum("bytesSent") };
}
