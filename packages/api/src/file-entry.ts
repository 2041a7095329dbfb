import { z } from "zod";

/** What a directory inside an instance holds: an item of `GET …/files?path=DIRECTORY&recursion=1` (extension `lodge_file_entries`). */
export const fileEntrySchema = z.object({
  name: z.string(),
  /** `other`: a device, a pipe or a socket. */
  type: z.enum(["file", "directory", "symlink", "other"]),
  /** Bytes. */
  size: z.number(),
  /** Permission bits, 0 to 0o7777. */
  mode: z.int(),
  /** Ids inside the instance. */
  uid: z.int(),
  gid: z.int(),
  /** RFC 3339. */
  modified_at: z.string(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;
