/** A disk that is open, whatever its format. */
export interface OpenDisk {
  /** Bytes. */
  readonly size: number;
  /** Fills the buffer. */
  read(offset: number, into: Buffer): Promise<void>;
  write(offset: number, bytes: Buffer): Promise<void>;
  writeZeroes(offset: number, length: number): Promise<void>;
  /** All that was written is on the host's disk afterwards. */
  flush(): Promise<void>;
}
