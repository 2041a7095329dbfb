import { type Config, isTrue, LodgeError } from "@lodge/api";

const deleteKey = "security.protection.delete";
const startKey = "security.protection.start";

/** `config` is expanded: a profile may protect all its instances. */
export const isKeptFromDeletion = (config: Config): boolean => isTrue(config[deleteKey]);
export const isKeptFromStarting = (config: Config): boolean => isTrue(config[startKey]);

export function requireDeletable(name: string, config: Config): void {
  if (isKeptFromDeletion(config)) throw protectedFrom(name, "deleted", deleteKey);
}

export function requireStartable(name: string, config: Config): void {
  if (isKeptFromStarting(config)) throw protectedFrom(name, "started", startKey);
}

function protectedFrom(name: string, done: string, key: string): LodgeError {
  return new LodgeError({
    code: "instance_protected",
    message: `Instance "${name}" is protected from being ${done}; "lodge config set ${name} ${key}=false" allows it.`,
  });
}
