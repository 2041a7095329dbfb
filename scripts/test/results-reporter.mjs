/** A vitest reporter that writes how every test ended to the file `$LODGE_TEST_RESULTS`, for the closing summary. */
import { writeFileSync } from "node:fs";

/** @typedef {{ project: string, file: string, name: string, state: "passed" | "failed" | "skipped", note: string }} Outcome */

export default class ResultsReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandled Errors outside of any test.
   */
  onTestRunEnd(modules, unhandled) {
    const outcomes = modules.flatMap(moduleOutcomes);
    for (const error of unhandled) {
      const name = error instanceof Error ? error.message : String(/** @type {{ message?: string }} */ (error).message);
      outcomes.push({ project: "", file: "", name: `outside of any test: ${name}`, state: "failed", note: "" });
    }
    writeFileSync(process.env["LODGE_TEST_RESULTS"] ?? "test-results.json", JSON.stringify(outcomes));
  }
}

/**
 * @param {import("vitest/node").TestModule} module
 * @returns {Outcome[]}
 */
function moduleOutcomes(module) {
  const place = { project: module.project.name, file: module.relativeModuleId };
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const test of module.children.allTests()) {
    const result = test.result();
    const state = result.state === "pending" ? "failed" : result.state;
    const note = (result.state === "skipped" && result.note) || "";
    outcomes.push({ ...place, name: test.fullName, state, note });
  }
  // A hook or an import that failed leaves its tests unrun: that is a failure of its own.
  for (const suite of [module, ...module.children.allSuites()]) {
    if (suite.errors().length === 0) continue;
    const name = suite.type === "module" ? "loading or its hooks" : `${suite.fullName}: its hooks`;
    outcomes.push({ ...place, name, state: "failed", note: "" });
  }
  return outcomes;
}
