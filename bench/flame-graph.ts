/** `node bench/flame-graph.ts PROFILE > graph.svg`: a profile that `node --cpu-prof` wrote, as a picture. */
import { readFileSync } from "node:fs";
import { type CpuProfile, flameGraph } from "./report/flame-graph.ts";

const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write("usage: node bench/flame-graph.ts FILE.cpuprofile > graph.svg\n");
  process.exitCode = 2;
} else {
  process.stdout.write(flameGraph(JSON.parse(readFileSync(path, "utf8")) as CpuProfile));
}
