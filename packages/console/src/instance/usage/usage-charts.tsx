import type { InstanceFull } from "@lodge/api";
import { Chart } from "../../parts/chart.tsx";
import { Loaded } from "../../parts/page.tsx";
import { chartsOf, spanOf, summaryOf, timesOf, topOf } from "./charts.ts";
import { useInstanceHistory } from "./use-instance-history.ts";

/** What it has used in the last hour, as curves that go on while one looks. */
export default function UsageCharts({ instance: { name } }: { readonly instance: InstanceFull }) {
  return (
    <Loaded query={useInstanceHistory(name)} what="The last hour">
      {(history) => {
        const charts = chartsOf(history);
        const times = timesOf(history);
        const span = spanOf(times, charts);
        if (charts.length === 0) return <p className="lodge-hint">It has not run in the last hour.</p>;
        return (
          <div className="lodge-charts">
            {charts.map((chart) => (
              <Chart
                key={chart.title}
                {...chart}
                {...{ times, span }}
                group={name}
                summary={summaryOf(chart)}
                top={topOf(chart)}
              />
            ))}
          </div>
        );
      }}
    </Loaded>
  );
}
