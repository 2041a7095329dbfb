import type { InstanceId } from "@lodge/core";
import { DatabaseTable } from "./database-table.ts";

/** What is asked for by the instance that it is of. */
export class DatabaseInstanceTable<Row, Key> extends DatabaseTable<Row, Key> {
  of(instance: InstanceId): Promise<Row[]> {
    return this.listWhere({ instance });
  }
}
