/** A file to upload, and where it belongs beneath the directory into which it goes: `notes.txt`, `photos/1.jpg`. */
export interface Incoming {
  readonly path: string;
  readonly file: File;
}

/** What was dropped, with all that is in directories among it. To be called at once: the event's items are gone afterwards. */
export function droppedOf({ items, files }: DataTransfer): Promise<Incoming[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return Promise.resolve([...files].map((file) => ({ path: file.name, file })));
  return filesIn(entries, "");
}

async function filesIn(entries: readonly FileSystemEntry[], above: string): Promise<Incoming[]> {
  const found: Incoming[] = [];
  for (const entry of entries) {
    const path = `${above}${entry.name}`;
    if (isFile(entry)) found.push({ path, file: await fileOf(entry) });
    else if (isDirectory(entry)) found.push(...(await filesIn(await entriesOf(entry), `${path}/`)));
  }
  return found;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** Browsers give a hundred or so at a time, and none in the end. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** The directories that files need, each after the one that it is in. */
export function directoriesOf(incoming: readonly Pick<Incoming, "path">[]): string[] {
  const all = incoming.flatMap(({ path }) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return [...new Set(all)].toSorted();
}
