/** What keys do in `lodge top`. Pure. */
import { usualColumns } from "./columns.ts";
import type { TopView } from "./frame.ts";

export interface TopState extends TopView {
  readonly allProjects: boolean;
  /** Seconds. */
  readonly refresh: number;
  /** The first row that is shown. */
  readonly offset: number;
  /** The user said which columns. */
  readonly ownColumns: boolean;
  /** A filter is being typed. */
  readonly typing: boolean;
}

export type KeyResult = TopState | "quit";

const refreshes = [1, 2, 3, 5, 10, 30, 60];
const page = 10;

/** By what a terminal sends. */
export function pressed(state: TopState, key: string): KeyResult {
  if (key === "\x03" || key === "\x04") return "quit";
  return state.typing ? typed(state, key) : commanded(state, key);
}

function commanded(state: TopState, key: string): KeyResult {
  const move = (by: number) => ({ ...state, offset: Math.max(0, state.offset + by) });
  const sorted = (sort: string) => ({ ...state, sort, reverse: state.sort === sort && !state.reverse, offset: 0 });
  switch (key) {
    case "q":
      return "quit";
    case "c":
      return sorted("cpu");
    case "m":
      return sorted("memory");
    case "d":
      return sorted("disk");
    case "n":
      return sorted("network");
    case "a":
      return sorted("name");
    case "r":
      return { ...state, reverse: !state.reverse };
    case "t":
      return { ...state, tree: !state.tree, offset: 0 };
    case "p":
      return ofProjects(state, !state.allProjects);
    case "/":
      return { ...state, typing: true, filter: "" };
    case "<":
    case ">":
      return sorted(
        beside(
          state.columns.map(({ name }) => name),
          state.sort,
          key === ">" ? 1 : -1,
        ),
      );
    case "+":
    case "-":
      return { ...state, refresh: nearest(state.refresh, key === "+" ? 1 : -1) };
    case "k":
    case "\x1b[A":
    case "\x1bOA":
      return move(-1);
    case "j":
    case "\x1b[B":
    case "\x1bOB":
      return move(1);
    case "\x1b[5~":
      return move(-page);
    case "\x1b[6~":
    case " ":
      return move(page);
    case "\x1b":
      return { ...state, filter: "" };
    default:
      return state;
  }
}

function ofProjects(state: TopState, allProjects: boolean): TopState {
  const columns = state.ownColumns ? state.columns : usualColumns(allProjects);
  return { ...state, allProjects, columns, offset: 0 };
}

function typed(state: TopState, key: string): TopState {
  if (key === "\r" || key === "\n") return { ...state, typing: false };
  if (key === "\x1b") return { ...state, typing: false, filter: "" };
  if (key === "\x7f" || key === "\b") return { ...state, filter: state.filter.slice(0, -1) };
  return /^[^\x00-\x1f\x7f]+$/.test(key) ? { ...state, filter: state.filter + key, offset: 0 } : state;
}

function beside(names: readonly string[], name: string, by: number): string {
  const at = Math.max(0, names.indexOf(name));
  return names[(at + by + names.length) % names.length] ?? name;
}

function nearest(refresh: number, by: number): number {
  const at = refreshes.findIndex((each) => each >= refresh);
  return refreshes[Math.max(0, Math.min(refreshes.length - 1, (at < 0 ? refreshes.length : at) + by))] ?? refresh;
}

/** What a terminal sent at once, key by key. */
export function splitKeys(text: string): string[] {
  return text.match(/\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|[\s\S]/gu) ?? [];
}
