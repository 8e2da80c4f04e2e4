/** CRC-32 as zip archives and PNG files use it (ISO 3309, polynomial 0xedb88320 reflected), eight bytes at a time. */

/** tables[k][b]: what byte b does to the remainder when k more bytes follow it. */
const tables = makeTables();

function makeTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    return crc >>> 0;
  });
  const all = [first];
  for (let k = 1; k < 8; k++) {
    const previous = all[k - 1]!;
    all.push(Uint32Array.from(previous, (crc) => ((crc >>> 8) ^ first[crc & 255]!) >>> 0));
  }
  return all;
}

/** The checksum of `bytes`, or of all bytes so far where `before` is the checksum of those that came before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as unknown as Uint32Array[] & { readonly length: 8 };
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc =
      t7![(crc ^ bytes[i]!) & 255]! ^
      t6![((crc >>> 8) ^ bytes[i + 1]!) & 255]! ^
      t5![((crc >>> 16) ^ bytes[i + 2]!) & 255]! ^
      t4![(crc >>> 24) ^ bytes[i + 3]!]! ^
      t3![bytes[i + 4]!]! ^
      t2![bytes[i + 5]!]! ^
      t1![bytes[i + 6]!]! ^
      t0![bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0![(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}
