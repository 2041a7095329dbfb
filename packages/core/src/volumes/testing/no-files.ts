import { VolumeFiles } from "../files.ts";

/** For tests in which nobody opens files of volumes. */
export const noFiles = new VolumeFiles(() => {
  throw new Error("files of volumes cannot be opened here");
});
