/** What a check in the tables of keys takes, where that is one of few words; undefined: it is free text. */
export function choicesOf(check: (value: string) => string | undefined): readonly string[] | undefined {
  // Each check says of what it refuses what it would take.
  const said = check("\u0000") ?? "";
  if (said === "must be true or false") return ["true", "false"];
  const [, words] = /^must be one of (.+)$/.exec(said) ?? [];
  return words?.split(", ");
}
