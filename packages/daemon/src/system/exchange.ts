import { declare } from "./libc.ts";

const renameat2 = declare<[number, string, number, string, number]>(
  "int renameat2(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned int flags)",
);

const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

/** Gives each of two paths of one file system what the other has, at one instant. */
export function exchange(one: string, other: string): void {
  renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}
