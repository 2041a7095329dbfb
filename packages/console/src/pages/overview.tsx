import type { InstanceFull } from "@lodge/api";
import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { GovernorCard } from "../overview/governor-card.tsx";
import { WarningsCard } from "../overview/warnings-card.tsx";
import { Curve } from "../parts/curve.tsx";
import { FactList } from "../parts/fact-list.tsx";
import { Meter } from "../parts/meter.tsx";
import { Loaded, PlainPage } from "../parts/page.tsx";
import { progressOf } from "../parts/progress.ts";
import { StateLabel } from "../parts/state-label.tsx";
import {
  useHost,
  useHostHistory,
  useInstances,
  usePoolSpace,
  usePools,
  useRunning,
  useServerInfo,
  useUsage,
} from "../server/queries.ts";
import { formatBytes } from "../server/units.ts";
import { useUser } from "../server/user.ts";

export function Overview() {
  const admin = useUser().role === "admin";
  return (
    <PlainPage title="Overview">
      <div className="lodge-cards">
        <div>
          {admin && <Use />}
          <GovernorCard />
        </div>
        <div>
          <InstancesByState />
          <Pools />
          {admin && <WarningsCard />}
          <Running />
          <Host />
        </div>
      </div>
    </PlainPage>
  );
}

function Use() {
  const { data } = useUsage();
  const history = useHostHistory(true).data?.series;
  const host = data?.host;
  if (!host) return <Card className="lodge-card-host" />;
  const { cpu, cpus, memory, load, pressure } = host;
  return (
    <Card className="lodge-card-host">
      <CardTitle component="h2">Host</CardTitle>
      <CardBody>
        <Meter
          label="Processors"
          value={cpu ?? 0}
          most={cpus * 100}
          words={`${Math.round(cpu ?? 0)} % of ${cpus * 100} %`}
        />
        <Curve label="Processors in the last hour" points={history?.cpu ?? []} most={cpus * 100} />
        <Meter
          label="Memory"
          value={memory.used}
          most={memory.total}
          words={`${formatBytes(memory.used)} of ${formatBytes(memory.total)}`}
        />
        <Curve label="Memory in the last hour" points={history?.memory_used ?? []} most={memory.total} />
        <p className="lodge-hint">
          Load {load.toFixed(2)}; waiting for processors {percent(pressure.cpu)}, memory {percent(pressure.memory)},
          disks {percent(pressure.io)} of the time
        </p>
      </CardBody>
    </Card>
  );
}

const percent = (value: number | null): string => (value === null ? "?" : `${Math.round(value)} %`);

function InstancesByState() {
  const query = useInstances();
  return (
    <Card>
      <CardTitle component="h2">Instances</CardTitle>
      <CardBody className="lodge-card-states">
        <Loaded query={query} what="Instances">
          {(instances) => <States instances={instances} />}
        </Loaded>
      </CardBody>
    </Card>
  );
}

function States({ instances }: { readonly instances: readonly InstanceFull[] }) {
  const groups = Object.entries(Object.groupBy(instances, ({ status }) => status));
  if (groups.length === 0) {
    return (
      <p>
        There are none yet. <Link to="/create">Create the first</Link>.
      </p>
    );
  }
  const machines = instances.filter(({ type }) => type === "virtual-machine").length;
  return (
    <>
      <ul className="lodge-states">
        {groups.map(([state, group = []]) => (
          <li key={state}>
            <Link to="/instances" search={{ state }}>
              <span className="lodge-figure">{group.length}</span> <StateLabel status={state} />
            </Link>
          </li>
        ))}
      </ul>
      <p className="lodge-hint">
        {count(instances.length - machines, "container")} and {count(machines, "virtual machine")}
      </p>
    </>
  );
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

function Pools() {
  const names = (usePools().data ?? []).map(({ name }) => name);
  const space = usePoolSpace(names).data ?? [];
  return (
    <Card>
      <CardTitle component="h2">Storage</CardTitle>
      <CardBody className="lodge-card-pools">
        {space.map(({ name, space: { used, total } }) => (
          <Meter
            key={name}
            label={name}
            value={used}
            most={total}
            words={`${formatBytes(used)} of ${formatBytes(total)}`}
          />
        ))}
      </CardBody>
    </Card>
  );
}

function Running() {
  const running = useRunning();
  return (
    <Card>
      <CardTitle component="h2">Running operations</CardTitle>
      <CardBody>
        {running.length === 0 && <p className="lodge-hint">Nothing is under way.</p>}
        <ul>
          {running.slice(0, 6).map((operation) => (
            <li key={operation.id}>
              {operation.description} {progressOf(operation)}
            </li>
          ))}
        </ul>
        <Link to="/operations">All operations</Link>
      </CardBody>
    </Card>
  );
}

function Host() {
  const host = useHost().data;
  const environment = useServerInfo().data?.environment ?? {};
  if (!host) return undefined;
  return (
    <Card>
      <CardTitle component="h2">About {String(environment["server_name"] ?? "the host")}</CardTitle>
      <CardBody>
        <FactList
          facts={[
            ["System", host.os],
            ["Kernel", host.kernel],
            ["Processors", `${host.cpus}, ${host.architecture}`],
            ["Memory", formatBytes(host.memory_total)],
            ["Accelerator", host.accelerator === "kvm" ? "KVM" : "none (TCG)"],
            ["Lodge", host.version],
          ]}
        />
      </CardBody>
    </Card>
  );
}
