import type { Event, GovernorLine, InstanceFull, Operation } from "@lodge/api";
import { isFinal, lifecycleOf } from "@lodge/sdk/browser";
import { useQuery } from "@tanstack/react-query";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Nothing } from "../parts/page.tsx";
import { keys, useOperations } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { formatBytes, formatTime } from "../server/units.ts";

interface Row {
  readonly key: string;
  readonly time: string;
  readonly kind: "event" | "operation" | "governor";
  readonly what: string;
  readonly more: string;
}

const columns: readonly Column<Row>[] = [
  { title: "Time", cell: ({ time }) => formatTime(time), sort: ({ time }) => time, width: "11rem" },
  { title: "Kind", isMinor: true, cell: ({ kind }) => kind, sort: ({ kind }) => kind, width: "8rem" },
  { title: "What", cell: ({ what }) => what, sort: ({ what }) => what },
  { title: "More", isMinor: true, cell: ({ more }) => <span title={more}>{more}</span> },
];

/** What has happened to it since the page was opened, what the governor noted before as well, and what came of what was asked. */
export function Events({ instance: { name } }: { readonly instance: InstanceFull }) {
  const server = useServer();
  const { client, project } = server;
  const { data: events = [] } = useQuery<readonly Event[]>({
    queryKey: keys.events(server),
    queryFn: () => [],
    staleTime: Infinity,
  });
  const { data: lines = [] } = useQuery({
    queryKey: ["governor", "log", project, name],
    queryFn: () => client.governor.log({ instance: name }),
    staleTime: 0,
    refetchInterval: 10_000,
  });
  const operations = useOperations().data ?? [];
  const rows = [
    ...events.flatMap((event, index) => lifecycleRow(event, name, events.length - index)),
    ...operations.flatMap((operation) => operationRow(operation, name)),
    ...lines.map(governorRow),
  ].toSorted((a, b) => b.time.localeCompare(a.time));
  if (rows.length === 0) {
    return <Nothing title="Nothing has happened yet">What happens while this page is open is listed here.</Nothing>;
  }
  return <DataTable label="Events" columns={columns} rows={rows} keyOf={({ key }) => key} />;
}

/** Whether a path of the API is about the instance or something of it. */
function isAbout(path: string, name: string): boolean {
  const [, , noun, about = ""] = new URL(path, "http://lodge").pathname.split("/");
  return noun === "instances" && decodeURIComponent(about) === name;
}

function lifecycleRow(event: Event, name: string, index: number): Row[] {
  const lifecycle = lifecycleOf(event);
  if (!lifecycle || !isAbout(lifecycle.source, name)) return [];
  const { action, requestor } = lifecycle;
  const more = requestor ? `asked by ${requestor.username || requestor.address}` : "it happened by itself";
  return [{ key: `event ${event.timestamp} ${index}`, time: event.timestamp, kind: "event", what: action, more }];
}

function operationRow(operation: Operation, name: string): Row[] {
  const { id, updated_at: time, description, status, err } = operation;
  const paths = Object.values(operation.resources ?? {}).flat();
  if (!isFinal(operation) || !paths.some((path) => isAbout(path, name))) return [];
  return [{ key: `operation ${id}`, time, kind: "operation", what: description, more: err || status }];
}

function governorRow({ id, timestamp: time, action, from, to, reason, observed, resource }: GovernorLine): Row {
  const change = resource === "memory" ? `${formatBytes(from)} → ${formatBytes(to)}` : `${from} → ${to}`;
  const what = `${observed ? "would " : ""}${action}: ${change}`;
  return { key: `governor ${id}`, time, kind: "governor", what, more: reason };
}
