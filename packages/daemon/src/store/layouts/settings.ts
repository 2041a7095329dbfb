import { z } from "zod";
import type { TableLayout } from "./table-layout.ts";

export const settingLayout: TableLayout<{ readonly key: string; readonly value: string }, string> = {
  table: "settings",
  key: ["key"],
  orderBy: ["key"],
  keyValues: (key) => [key],
  write: ({ key, value }) => ({ key, value }),
  read: z.object({ key: z.string(), value: z.string() }),
};
