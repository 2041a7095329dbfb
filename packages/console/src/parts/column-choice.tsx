import { Checkbox } from "@patternfly/react-core";
import { useState } from "react";
import type { Column } from "./data-table.tsx";

/** Which columns of a table somebody has left out: kept in the browser. */
export function useColumnChoice<Row>(table: string, columns: readonly Column<Row>[], usuallyHidden: readonly string[]) {
  const name = `lodge-console.hidden.${table}`;
  const [hidden, setHidden] = useState<readonly string[]>(() => read(name) ?? usuallyHidden);
  const toggle = (title: string) => {
    const next = hidden.includes(title) ? hidden.filter((each) => each !== title) : [...hidden, title];
    localStorage.setItem(name, JSON.stringify(next));
    setHidden(next);
  };
  return { hidden, toggle, shown: columns.filter(({ title }) => !hidden.includes(title)) };
}

function read(name: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}

interface ColumnChoiceProps {
  readonly titles: readonly string[];
  readonly hidden: readonly string[];
  readonly toggle: (title: string) => void;
}

export function ColumnChoice({ titles, hidden, toggle }: ColumnChoiceProps) {
  return (
    <details className="lodge-columns">
      <summary>Columns</summary>
      <div className="lodge-columns-list">
        {titles.map((title) => (
          <Checkbox
            key={title}
            id={`column-${title}`}
            label={title}
            isChecked={!hidden.includes(title)}
            onChange={() => toggle(title)}
          />
        ))}
      </div>
    </details>
  );
}
