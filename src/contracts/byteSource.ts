/** Random access to a file wherever it lies: on disk, chosen in the page, in memory. Nothing of it is held until it is asked for. */
export interface ByteSource {
  /** The file's name, without folders. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset` on, as an array of the caller's own, which begins its buffer.
   * @throws where the range leaves the file, or the file has changed or gone.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}
