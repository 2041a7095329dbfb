/** `node bench/flame-graph.ts PROFILE [LEAST] > graph.svg`: a profile that `node --cpu-prof` wrote, as a picture. LEAST: percent of the width, less is not drawn. */
import { readFileSync } from "node:fs";
import { type CpuProfile, flameGraph } from "./report/flame-graph.ts";

const [path, least] = process.argv.slice(2);
if (path === undefined || Number.isNaN(Number(least ?? 0))) {
  process.stderr.write("usage: node bench/flame-graph.ts FILE.cpuprofile [LEAST] > graph.svg\n");
  process.exitCode = 2;
} else {
  process.stdout.write(
    flameGraph(
      JSON.parse(readFileSync(path, "utf8")) as CpuProfile,
      least === undefined ? undefined : Number(least) / 100,
    ),
  );
}
