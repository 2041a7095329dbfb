import { homeOf } from "../projects/records.ts";
import type { Store } from "../store.ts";
import { ImageAliases } from "./aliases.ts";
import type { ImageCatalogs } from "./catalog.ts";
import { imagesOfProject } from "./of-project.ts";
import { type RefreshFailures, RemoteImages, type RemoteImagesDependencies } from "./remote.ts";
import { type ImageDependencies, Images } from "./service.ts";
import { SharedImageFiles } from "./shared-files.ts";

/** The images of all projects: each has its own, or uses the default one's. Images that several have are kept once. */
export class ImageLibrary implements ImageCatalogs {
  readonly #deps: ImageDependencies;
  readonly files: SharedImageFiles;

  constructor(deps: ImageDependencies) {
    this.#deps = deps;
    this.files = new SharedImageFiles(deps);
  }

  async of(project: string): Promise<Images> {
    return this.ownedBy(await homeOf(this.#deps.store, project, "features.images"));
  }

  ownedBy(project: string): Images {
    return new Images(this.#deps, this.files, project);
  }

  use: ImageCatalogs["use"] = (fingerprint, work) => this.files.use(fingerprint, work);
}

export type RemoteLibraryDependencies = Omit<
  RemoteImagesDependencies,
  "store" | "project" | "images" | "aliases" | "remove" | "failures"
> & { readonly store: Store; readonly library: ImageLibrary; readonly events: ImageDependencies["events"] };

/** Images of servers beyond this host, for all projects. */
export class RemoteImageLibrary {
  readonly #deps: RemoteLibraryDependencies;
  /** Each knows what is being downloaded for its project. */
  readonly #byProject = new Map<string, RemoteImages>();
  readonly failures: RefreshFailures = new Map();

  constructor(deps: RemoteLibraryDependencies) {
    this.#deps = deps;
  }

  async of(project: string): Promise<RemoteImages> {
    const home = await homeOf(this.#deps.store, project, "features.images");
    const known = this.#byProject.get(home) ?? this.#make(home);
    this.#byProject.set(home, known);
    return known;
  }

  #make(project: string): RemoteImages {
    const { library, ...deps } = this.#deps;
    const images = library.ownedBy(project);
    const store = imagesOfProject(deps.store, project);
    return new RemoteImages({
      ...{ ...deps, store, project, images, failures: this.failures },
      aliases: new ImageAliases(store, deps.events, project),
      remove: (fingerprint) => images.delete(fingerprint),
    });
  }
}
