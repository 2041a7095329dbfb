/** How long an instance lives: the key `ttl`, and what the daemon notes of it in the instance's own configuration. */
import { type Config, LodgeError, parseSpan } from "@lodge/api";

/** The ttl for which the deadline holds. Another one begins anew, wherever it comes from: a profile, a snapshot, an import. */
const spanKey = "volatile.ttl.span";
/** RFC 3339. */
const deadlineKey = "volatile.ttl.deadline";

/** An instance's own configuration with the end of its time, which stays what it is while `ttl` stays. `expanded` says the ttl. */
export function withLifetime(own: Config, expanded: Config, now: Date): Config {
  const { [spanKey]: span, [deadlineKey]: deadline, ...others } = own;
  const { ttl } = expanded;
  const length = parseSpan(ttl ?? "");
  if (ttl === undefined || length === undefined) return others;
  const end = span === ttl && deadline !== undefined ? deadline : new Date(now.getTime() + length).toISOString();
  return { ...others, [spanKey]: ttl, [deadlineKey]: end };
}

/** When its time is up; undefined: never, or nothing has been noted yet. `config` is expanded. */
export function deadlineOf(config: Config): Date | undefined {
  const { ttl, [spanKey]: span, [deadlineKey]: deadline } = config;
  return ttl !== undefined && ttl === span && deadline !== undefined ? new Date(deadline) : undefined;
}

/** It has a ttl of which nothing has been noted. */
export const lacksDeadline = (config: Config): boolean => config["ttl"] !== undefined && !deadlineOf(config);

export function isExpired(config: Config, now: Date): boolean {
  const deadline = deadlineOf(config);
  return deadline !== undefined && deadline <= now;
}

export function requireTimeLeft(name: string, config: Config, now: Date): void {
  if (!isExpired(config, now)) return;
  throw new LodgeError({
    code: "instance_expired",
    message: `The time of instance "${name}" is up since ${config[deadlineKey]}; another ttl gives it more ("lodge config set ${name} ttl=2h").`,
  });
}
