import { type InstanceDependencies, instanceUrl } from "../instances/dependencies.ts";
import type { GovernorLogRecord } from "../store.ts";
import type { GovernorLog } from "./log.ts";
import type { Member } from "./members.ts";
import type { Move } from "./policy.ts";
import { renderLine } from "./view.ts";

/** `at`: now, unless it says otherwise. */
export type Said = Omit<GovernorLogRecord, "id" | "at" | "resource"> & { readonly at?: Date };

export interface AnnouncementDependencies extends Pick<InstanceDependencies, "events" | "log" | "now"> {
  readonly lines: GovernorLog;
}

/** Says what the governor does: each is a line of its log and of the daemon's, and an event. */
export class Announcements {
  readonly #deps: AnnouncementDependencies;

  constructor(deps: AnnouncementDependencies) {
    this.#deps = deps;
  }

  async say(lines: readonly Said[]): Promise<void> {
    const { events, log, lines: kept, now } = this.#deps;
    const at = now();
    const added = await kept.add(lines.map((line) => ({ ...line, resource: "memory" as const, at: line.at ?? at })));
    for (const line of added) {
      const { timestamp: _, resource: __, ...shown } = renderLine(line);
      log.info(shown, "governor");
      if (line.instance)
        events.lifecycle("instance-governed", instanceUrl(line.instance), { ...renderLine(line) }, line.project);
      else events.lifecycle("governor-changed", "/1.0/governor", { ...renderLine(line) }, "");
    }
  }
}

/** A line for a change of what an instance may have. */
export function moveLine(
  { record: { name, project } }: Pick<Member, "record">,
  { kind, from, to }: Move,
  reason: string,
): Omit<Said, "observed"> {
  return { instance: name, project, action: kind, from, to, reason };
}
