import type { GovernorLine } from "@lodge/api";
import type { GovernorService } from "@lodge/core";

const line = (id: number, project: string, instance: string): GovernorLine => ({
  ...{ id, timestamp: `2030-01-01T00:00:0${id}Z`, project, instance, resource: "memory", action: "take" },
  ...{ from: 2 ** 29, to: 2 ** 28, reason: "db waits for memory", observed: false },
});

/** One instance in each of two projects, and a line about each and about the host. */
export function fakeGovernor(): GovernorService {
  const projects = ["default", "other"];
  return {
    view: async (shows) => ({
      ...{ mode: "on", state: "high" },
      memory: { budget: 8e9, budget_now: 8e9, promised: 0, limits: 0, used: 1e9, reclaimable: 1e8, pressure: 0 },
      instances: projects.filter(shows).map((project) => ({
        ...{ name: `of-${project}`, project, type: "container", guarantee: 0, limit: 2 ** 30, shares: 100 },
        ...{ target: 2 ** 30, used: 2 ** 28, working_set: 2 ** 27, pressure: 0, refaults: 0, waits: false },
        frozen: false,
      })),
    }),
    log: ({ shows, instance, since, limit = 100 }) =>
      [line(1, "", ""), line(2, "default", "of-default"), line(3, "other", "of-other")]
        .filter((each) => shows(each.project) && (instance === undefined || each.instance === instance))
        .filter((each) => !since || new Date(each.timestamp) > since)
        .slice(-limit),
  };
}
