/** From how every test ended to the closing lines of `npm test`. */

/** @typedef {import("./results-reporter.mjs").Outcome} Outcome */

/**
 * @typedef {object} Summary
 * @property {string[]} lines What to print; the last is `N passed, N failed, N skipped`.
 * @property {boolean} ok
 */

/**
 * @param {readonly Outcome[]} outcomes
 * @param {readonly string[]} mustRun Files all of whose tests must run, and `file > test` for single ones.
 * @returns {Summary}
 */
export function summarise(outcomes, mustRun) {
  const skipped = outcomes.filter((outcome) => outcome.state === "skipped");
  const failures = [
    ...outcomes.filter((outcome) => outcome.state === "failed").map(nameOf),
    ...skipped.filter((outcome) => !outcome.note).map((outcome) => `${nameOf(outcome)}: skipped without a reason`),
    ...mustRun.flatMap((entry) => notRun(entry, outcomes)),
  ];
  const passed = outcomes.filter((outcome) => outcome.state === "passed").length;
  const lines = [
    ...skipped.filter((outcome) => outcome.note).map((outcome) => `skipped: ${nameOf(outcome)}: ${outcome.note}`),
    ...failures.map((failure) => `failed: ${failure}`),
    `${passed} passed, ${failures.length} failed, ${skipped.length} skipped`,
  ];
  return { lines, ok: failures.length === 0 && passed > 0 };
}

/** @param {Outcome} outcome */
function nameOf(outcome) {
  return [outcome.file, outcome.name].filter(Boolean).join(" > ");
}

/**
 * @param {string} entry
 * @param {readonly Outcome[]} outcomes
 */
function notRun(entry, outcomes) {
  const meant = outcomes.filter((outcome) => outcome.file === entry || nameOf(outcome) === entry);
  if (meant.length === 0) return [`${entry}: must run and did not`];
  return meant
    .filter((outcome) => outcome.state === "skipped" && outcome.note)
    .map((outcome) => `${nameOf(outcome)}: must run and was skipped`);
}
