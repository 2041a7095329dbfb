import type { AttributeChange, FileAttributes } from "./attributes.ts";

/** How a file is opened: as the flags of open(2) say. */
export interface OpenWish {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly truncate: boolean;
  readonly exclusive: boolean;
  /** Permission bits of a file that is made. */
  readonly mode?: number;
}

/** What an SFTP server serves. Paths are absolute bytes; whatever is thrown is told to the client. */
export interface SftpEntries {
  open(path: Buffer, wish: OpenWish): Promise<OpenFile>;
  openDirectory(path: Buffer): Promise<OpenDirectory>;
  stat(path: Buffer, follow: boolean): Promise<FileAttributes>;
  change(path: Buffer, change: AttributeChange, follow: boolean): Promise<void>;
  /** Anything but a directory. */
  remove(path: Buffer): Promise<void>;
  makeDirectory(path: Buffer, mode: number | undefined): Promise<void>;
  removeDirectory(path: Buffer): Promise<void>;
  rename(from: Buffer, to: Buffer, replace: boolean): Promise<void>;
  readLink(path: Buffer): Promise<Buffer>;
  symlink(target: Buffer, path: Buffer): Promise<void>;
  link(from: Buffer, to: Buffer): Promise<void>;
  space(path: Buffer): Promise<FileSystemSpace>;
}

export interface OpenFile {
  /** At most `length` bytes; none at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, data: Buffer): Promise<void>;
  stat(): Promise<FileAttributes>;
  change(change: AttributeChange): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenDirectory {
  /** Some more entries, without `.` and `..`; none at the end. */
  next(): Promise<readonly { readonly name: Buffer; readonly attributes: FileAttributes }[]>;
  close(): Promise<void>;
}

/** As statvfs(3) tells it. */
export interface FileSystemSpace {
  readonly blockSize: number;
  readonly blocks: number;
  readonly free: number;
  readonly available: number;
  readonly files: number;
  readonly filesFree: number;
}
