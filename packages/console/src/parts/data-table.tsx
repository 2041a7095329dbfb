import styles from "@patternfly/react-styles/css/components/Table/table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useRef, useState } from "react";
import { useRowKeys } from "./row-keys.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** By which rows are sorted when its heading is pressed; missing: they are not. */
  readonly sort?: (row: Row) => string | number;
  readonly width?: string;
  /** Numbers stand at the end of their cell. */
  readonly isNumber?: boolean;
  /** On narrow screens it is left out. */
  readonly isMinor?: boolean;
}

export interface Selection {
  readonly chosen: ReadonlySet<string>;
  readonly choose: (keys: ReadonlySet<string>) => void;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly selection?: Selection;
}

/** Pixels of a row: all are as high, so that of a thousand only those in sight have to be there. */
const rowHeight = 45;
/** Below that number all are: a browser then finds all words on the page. */
const few = 100;

export function DataTable<Row>({ label, columns, rows, keyOf, selection }: DataTableProps<Row>) {
  const [by, setBy] = useState<{ readonly column: number; readonly down: boolean }>({ column: -1, down: false });
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = sortRows(rows, columns[by.column]?.sort, by.down);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: sorted.length <= few ? few : 12,
  });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const span = columns.length + (selection ? 1 : 0);
  const toggle = (key: string) => {
    if (!selection) return;
    const chosen = new Set(selection.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    selection.choose(chosen);
  };
  const all = selection !== undefined && sorted.length > 0 && sorted.every((row) => selection.chosen.has(keyOf(row)));
  const keyboard = useRowKeys(scroller, sorted.length, (index) => virtual.scrollToIndex(index));
  return (
    <div
      className="lodge-table"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={`${label}, a table`}
      onKeyDown={keyboard}
    >
      <table
        className={`${styles.table} ${styles.modifiers.compact}`}
        aria-label={label}
        aria-rowcount={sorted.length + 1}
      >
        <thead className={styles.tableThead}>
          <tr className={styles.tableTr}>
            {selection && (
              <th className={`${styles.tableTh} lodge-check`} scope="col">
                <input
                  type="checkbox"
                  aria-label="Choose all"
                  checked={all}
                  onChange={() => selection.choose(new Set(all ? [] : sorted.map(keyOf)))}
                />
              </th>
            )}
            {columns.map((column, index) => (
              <Heading
                key={column.title}
                column={column}
                sorted={by.column === index ? (by.down ? "descending" : "ascending") : undefined}
                onSort={() => setBy({ column: index, down: by.column === index && !by.down })}
              />
            ))}
          </tr>
        </thead>
        <tbody className={styles.tableTbody}>
          {above > 0 && <Space height={above} span={span} />}
          {shown.map(({ index }) => {
            const row = sorted[index];
            if (row === undefined) return undefined;
            const key = keyOf(row);
            return (
              <tr key={key} className={styles.tableTr} aria-rowindex={index + 2} data-index={index} tabIndex={-1}>
                {selection && (
                  <td className={`${styles.tableTd} lodge-check`}>
                    <input
                      type="checkbox"
                      aria-label={`Choose ${key}`}
                      checked={selection.chosen.has(key)}
                      onChange={() => toggle(key)}
                    />
                  </td>
                )}
                {columns.map(({ title, cell, isNumber, isMinor }) => (
                  <td
                    key={title}
                    className={styles.tableTd}
                    data-label={title}
                    data-number={isNumber}
                    data-minor={isMinor}
                    data-actions={title === "Actions" || undefined}
                  >
                    {cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {below > 0 && <Space height={below} span={span} />}
        </tbody>
      </table>
    </div>
  );
}

interface HeadingProps<Row> {
  readonly column: Column<Row>;
  readonly sorted: "ascending" | "descending" | undefined;
  readonly onSort: () => void;
}

function Heading<Row>({ column, sorted, onSort }: HeadingProps<Row>) {
  const { title, sort, width, isNumber, isMinor } = column;
  return (
    <th
      className={styles.tableTh}
      scope="col"
      aria-sort={sorted}
      style={{ minWidth: width, width }}
      data-number={isNumber}
      data-minor={isMinor}
      data-actions={title === "Actions" || undefined}
    >
      {sort ? (
        <button type="button" className="lodge-sort" onClick={onSort}>
          {title}
          <span aria-hidden="true">{sorted === "ascending" ? " ▲" : sorted === "descending" ? " ▼" : ""}</span>
        </button>
      ) : (
        title
      )}
    </th>
  );
}

/** In the place of the rows that are not in sight. */
function Space({ height, span }: { readonly height: number; readonly span: number }) {
  return (
    <tr aria-hidden="true">
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  );
}

function sortRows<Row>(rows: readonly Row[], sort: Column<Row>["sort"], down: boolean): readonly Row[] {
  if (!sort) return rows;
  const order = new Intl.Collator(undefined, { numeric: true });
  const compare = (a: string | number, b: string | number) =>
    typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b));
  const sorted = rows.toSorted((a, b) => compare(sort(a), sort(b)));
  return down ? sorted.toReversed() : sorted;
}
