import { instanceNameSchema, LodgeError } from "@lodge/api";

/** Names for instances whose user gave none: an adjective and an animal, as people can say and remember them. */
const adjectives =
  "able bold brave bright calm clear clever cosy eager early fair fast fine fond free fresh gentle glad good grand happy kind keen light lively lucky merry mild neat nice noble proud quick quiet rare ready safe sharp smart soft solid sound still strong sunny swift tidy true warm wise witty".split(
    " ",
  );
const animals =
  "ant badger bat bear bee beaver bison boar camel cat cod colt crab crane crow deer dove duck eagle eel elk falcon finch fox frog gecko goat goose hare hawk hen heron ibis kite koala lark lion lynx mink mole moose moth newt otter owl panda perch pike puma raven robin seal shrew sloth snail stork swan tapir tern tiger toad trout whale wolf wren yak zebra".split(
    " ",
  );

/** A name that `taken` does not hold. `random` gives numbers from 0 up to below 1. */
export function generateName(taken: ReadonlySet<string>, random: () => number): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? words[0];
  for (let attempt = 0; attempt < 100; attempt++) {
    const name = `${pick(adjectives)}-${pick(animals)}`;
    if (!taken.has(name)) return name;
  }
  let number = 1;
  while (taken.has(`instance-${number}`)) number++;
  return `instance-${number}`;
}

/** Refuses what is no DNS label, and what another instance has. */
export function checkInstanceName(name: string, taken: ReadonlySet<string>): void {
  const parsed = instanceNameSchema.safeParse(name);
  if (!parsed.success) {
    throw new LodgeError({
      code: "instance_name_invalid",
      message: `Instance name "${name}" ${parsed.error.issues[0]?.message ?? "is invalid"}.`,
    });
  }
  if (!taken.has(name)) return;
  throw new LodgeError({
    code: "instance_exists",
    message: `An instance named "${name}" exists already; choose another name or delete it ("lodge delete ${name}").`,
  });
}
