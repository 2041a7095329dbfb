import type { Event, InstanceFull } from "@lodge/api";
import { lifecycleOf } from "@lodge/sdk/browser";
import { useQuery } from "@tanstack/react-query";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Nothing } from "../parts/page.tsx";
import { formatTime } from "../server/units.ts";

interface Row {
  readonly key: string;
  readonly time: string;
  readonly what: string;
  readonly who: string;
}

const columns: readonly Column<Row>[] = [
  { title: "Time", cell: ({ time }) => formatTime(time), sort: ({ time }) => time, width: "14rem" },
  { title: "What", cell: ({ what }) => what, sort: ({ what }) => what },
  { title: "Who asked", cell: ({ who }) => who },
];

/** What has happened to it since the page was opened: the daemon keeps no history of events. */
export function Events({ instance: { name } }: { readonly instance: InstanceFull }) {
  const { data = [] } = useQuery<readonly Event[]>({ queryKey: ["events"], queryFn: () => [], staleTime: Infinity });
  const rows = data.flatMap((event, index): Row[] => {
    const lifecycle = lifecycleOf(event);
    const [, , noun, about = ""] = new URL(lifecycle?.source ?? "", "http://lodge").pathname.split("/");
    if (!lifecycle || noun !== "instances" || decodeURIComponent(about) !== name) return [];
    const who = lifecycle.requestor?.address ?? "nobody: it happened by itself";
    return [{ key: `${event.timestamp} ${data.length - index}`, time: event.timestamp, what: lifecycle.action, who }];
  });
  if (rows.length === 0) {
    return <Nothing title="Nothing has happened yet">What happens while this page is open is listed here.</Nothing>;
  }
  return <DataTable label="Events" columns={columns} rows={rows} keyOf={({ key }) => key} />;
}
