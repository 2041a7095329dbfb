import type { AliasRecord, ImageRecord, ProjectImageRecord, Store, Table, Tables } from "../store.ts";

/** The images and aliases of one project. */
export interface ImageTables {
  readonly images: Table<ImageRecord, string>;
  readonly aliases: Table<AliasRecord, Pick<AliasRecord, "name" | "type">>;
}

export interface ProjectImages extends ImageTables {
  /** As the store's. */
  atomically<T>(work: (tables: ImageTables) => Promise<T>): Promise<T>;
}

/** What of all projects' images is one project's, as if there were no others. */
export function imagesOfProject(
  store: Pick<Store, "images" | "aliases" | "atomically">,
  project: string,
): ProjectImages {
  return {
    ...tablesOf(store, project),
    atomically: (work) => store.atomically((tables) => work(tablesOf(tables, project))),
  };
}

function tablesOf({ images, aliases }: Pick<Tables, "images" | "aliases">, project: string): ImageTables {
  return {
    images: {
      list: async () => (await images.list()).filter((row) => row.project === project),
      get: (fingerprint) => images.get({ project, fingerprint }),
      put: (row) => images.put({ ...row, project }),
      remove: (fingerprint) => images.remove({ project, fingerprint }),
    },
    aliases: {
      list: async () => (await aliases.list()).filter((row) => row.project === project),
      get: ({ name, type }) => aliases.get({ project, name, type }),
      put: (row) => aliases.put({ ...row, project }),
      remove: ({ name, type }) => aliases.remove({ project, name, type }),
    },
  };
}

/** The rows of an image, in whatever projects: its files are the same. */
export async function rowsOfImage(
  { images }: Pick<Tables, "images">,
  fingerprint: string,
): Promise<ProjectImageRecord[]> {
  return (await images.list()).filter((row) => row.fingerprint === fingerprint);
}
