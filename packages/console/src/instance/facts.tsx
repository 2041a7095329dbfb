import type { InstanceFull } from "@lodge/api";
import { Card, CardBody, CardTitle } from "@patternfly/react-core";
import { lazy, type ReactNode, Suspense } from "react";
import { FactList } from "../parts/fact-list.tsx";
import { Meter } from "../parts/meter.tsx";
import { typeWords } from "../parts/state-label.tsx";
import { fetched } from "../server/fetched.ts";
import { useUsage } from "../server/queries.ts";
import { formatAgo, formatBytes, formatTime } from "../server/units.ts";
import { addressesOf } from "./addresses.ts";

const UsageCharts = lazy(fetched(() => import("./usage/usage-charts.tsx")));

export function Facts({ instance }: { readonly instance: InstanceFull }) {
  const { state, config, snapshots } = instance;
  const usage = useUsage().data?.instances.find(({ name }) => name === instance.name);
  const root = state?.disk?.["root"];
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Type", instance.type === "container" ? "Container" : typeWords[instance.type]],
    ["Image", config["image.description"] ?? "none"],
    ["Architecture", instance.architecture],
    ["Profiles", instance.profiles.join(", ") || "none"],
    ["Created", formatTime(instance.created_at)],
    ["Started", instance.status === "Running" ? formatAgo(state?.started_at ?? "") : "not running"],
    ["Addresses", addressesOf(instance).join(", ") || "none"],
    ["Snapshots", String(snapshots?.length ?? 0)],
    ...(state?.vm ? [["Accelerator", state.vm.accelerator.toUpperCase()] as const] : []),
    ...(state?.boot?.why ? [["Restarts", state.boot.why] as const] : []),
    ...(instance.description ? [["Description", instance.description] as const] : []),
  ];
  const traffic = Object.entries(state?.network ?? {}).filter(([name]) => name !== "lo");
  return (
    <>
      <div className="lodge-cards">
        <Card>
          <CardTitle component="h2">About it</CardTitle>
          <CardBody>
            <FactList facts={facts} />
          </CardBody>
        </Card>
        <Card>
          <CardTitle component="h2">What it uses</CardTitle>
          <CardBody>
            {instance.status === "Stopped" ? (
              <p className="lodge-hint">Nothing while it is stopped, but room on the disk.</p>
            ) : (
              <>
                <Meter
                  label="Processor"
                  value={usage?.cpu ?? 0}
                  most={100}
                  words={`${Math.round(usage?.cpu ?? 0)} % of one`}
                />
                <Meter
                  label="Memory"
                  value={state?.memory?.usage ?? 0}
                  most={state?.memory?.total ?? 0}
                  words={`${formatBytes(state?.memory?.usage ?? 0)} of ${formatBytes(state?.memory?.total ?? 0)}`}
                />
              </>
            )}
            {root && <p>Disk: {formatBytes(root.usage)}</p>}
            {traffic.map(([name, { counters }]) => (
              <p key={name}>
                {name}: {formatBytes(counters.bytes_received)} received, {formatBytes(counters.bytes_sent)} sent
              </p>
            ))}
          </CardBody>
        </Card>
      </div>
      <Card>
        <CardTitle component="h2">The last hour</CardTitle>
        <CardBody>
          <Suspense fallback={<div className="lodge-charts" />}>
            <UsageCharts instance={instance} />
          </Suspense>
        </CardBody>
      </Card>
    </>
  );
}
