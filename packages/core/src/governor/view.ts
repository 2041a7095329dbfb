import type { GovernedInstance, Governor, GovernorLine } from "@lodge/api";
import { frozenByGovernor } from "../instances/frozen-note.ts";
import type { GovernorLogRecord } from "../store.ts";
import { sum } from "./allot.ts";
import { idle } from "./claim.ts";
import type { Picture } from "./governor.ts";
import type { MeasuredMember } from "./members.ts";
import type { GovernorSettings } from "./settings.ts";

/** The governor as clients see it. `shows`: the projects whose instances are shown. */
export function governorView(
  { budget, host, state, waiting, members }: Picture,
  { mode, overcommit, budget: configured }: GovernorSettings,
  shows: (project: string) => boolean,
): Governor {
  const instances = members
    .filter(({ record }) => shows(record.project))
    .toSorted((a, b) => (`${a.record.project}/${a.record.name}` < `${b.record.project}/${b.record.name}` ? -1 : 1));
  return {
    mode,
    state,
    memory: {
      ...{ budget: configured, budget_now: Math.floor(budget), ...(overcommit !== undefined && { overcommit }) },
      promised: sum(members.map(({ rights }) => rights.guarantee)),
      limits: sum(members.filter(({ rights }) => rights.limited).map(({ rights }) => rights.most)),
      used: sum(members.map(({ demand }) => demand.used)),
      reclaimable: sum(members.map(({ demand }) => idle(demand))),
      pressure: host.pressure,
    },
    instances: instances.map((member) => shown(member, waiting.has(member.record.id))),
  };
}

function shown({ record, rights, demand }: MeasuredMember, waits: boolean): GovernedInstance {
  const { used, workingSet, pressure, refaults, target } = demand;
  return {
    ...{ name: record.name, project: record.project, type: record.type },
    ...{ guarantee: rights.guarantee, limit: rights.most, shares: rights.shares },
    ...{ target, used, working_set: workingSet, pressure, refaults: Math.round(refaults), waits },
    frozen: frozenByGovernor(record),
  };
}

export function renderLine({ at, ...line }: GovernorLogRecord): GovernorLine {
  return { ...line, timestamp: at.toISOString() };
}
