import type { GovernorLine } from "@lodge/api";
import { Card, CardBody, CardTitle, Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Meter } from "../parts/meter.tsx";
import { useServer } from "../server/server.tsx";
import { formatAgo, formatBytes } from "../server/units.ts";

const states = {
  high: ["green", "plenty"],
  soft: ["blue", "getting scarce"],
  hard: ["orange", "scarce"],
  low: ["red", "all but gone"],
} as const;

const modes = {
  on: "moves memory to those who wait for it",
  observe: "says what it would move, and moves nothing",
  off: "is off",
} as const;

/** How the memory for instances is divided, and what the governor did about it. */
export function GovernorCard() {
  const { client } = useServer();
  const { data } = useQuery({
    queryKey: ["governor"],
    queryFn: () => client.governor.get(),
    refetchInterval: 5000,
  });
  const log = useQuery({
    queryKey: ["governor", "log"],
    queryFn: () => client.governor.log({ allProjects: true, limit: 6 }),
    refetchInterval: 5000,
  });
  const memory = data?.memory;
  const [colour, word] = states[data?.state ?? "high"];
  return (
    <Card>
      <CardTitle component="h2">Memory for instances</CardTitle>
      <CardBody className="lodge-governor">
        <Meter
          label="Used"
          value={memory?.used ?? 0}
          most={memory?.budget ?? 0}
          words={
            memory
              ? `${formatBytes(memory.used)} of a budget of ${formatBytes(memory.budget)}, ${formatBytes(memory.reclaimable)} of it idle`
              : "…"
          }
        />
        <Meter
          label="Promised"
          value={memory?.promised ?? 0}
          most={memory?.budget ?? 0}
          words={
            memory ? `${formatBytes(memory.promised)} guaranteed; limits add up to ${formatBytes(memory.limits)}` : "…"
          }
        />
        <p>
          <Label isCompact color={colour}>
            {word}
          </Label>{" "}
          The <Link to="/settings/{-$tab}">governor</Link> {modes[data?.mode ?? "off"]}.
        </p>
        <Log lines={log.data ?? []} />
      </CardBody>
    </Card>
  );
}

const verbs = {
  grow: "may have more",
  room: "may have less",
  take: "gives back",
  refuse: "was not started",
  state: "state",
  freeze: "was paused",
  thaw: "goes on",
} as const;

function Log({ lines }: { readonly lines: readonly GovernorLine[] }) {
  if (lines.length === 0) return <p className="lodge-hint">It has had nothing to do yet.</p>;
  return (
    <ol className="lodge-lines" aria-label="What the governor did">
      {lines.toReversed().map(({ id, timestamp, instance, action, from, to, resource, reason }) => (
        <li key={id}>
          <strong>{instance || "The host"}</strong> {verbs[action]}
          {action !== "state" && resource === "memory" && ` (${formatBytes(from)} → ${formatBytes(to)})`}: {reason}{" "}
          <span className="lodge-hint">{formatAgo(timestamp)}</span>
        </li>
      ))}
    </ol>
  );
}
