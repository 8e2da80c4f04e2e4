/**
 * MAT files of version 5 as "MAT-File Format" (MathWorks, 2019) describes them: arrays of every numeric class in any type of storage,
 * logical arrays, text, cells and structs, plain or compressed, in either byte order.
 */
import { deflateSync } from "node:zlib";
import { columnMajor, putters } from "./writeNpy";

const CLASSES = {
  double: { code: 6, type: "f8" },
  single: { code: 7, type: "f4" },
  int8: { code: 8, type: "i1" },
  uint8: { code: 9, type: "u1" },
  int16: { code: 10, type: "i2" },
  uint16: { code: 11, type: "u2" },
  int32: { code: 12, type: "i4" },
  uint32: { code: 13, type: "u4" },
  int64: { code: 14, type: "i8" },
  uint64: { code: 15, type: "u8" },
} as const;
export type MatClass = keyof typeof CLASSES;

/** Codes of the types in which numbers are stored. */
const TYPES: Readonly<Record<string, number>> = {
  i1: 1,
  u1: 2,
  i2: 3,
  u2: 4,
  i4: 5,
  u4: 6,
  f4: 7,
  f8: 9,
  i8: 12,
  u8: 13,
};
const [MATRIX, COMPRESSED] = [14, 15];

export type MatContent =
  /** data: row-major. `stored`: the type of the numbers in the file, where MATLAB saves room. */
  | {
      readonly class: MatClass;
      readonly shape: readonly number[];
      readonly data: ArrayLike<number>;
      readonly stored?: string;
      readonly logical?: boolean;
    }
  | { readonly text: string }
  /** In MATLAB's order. */
  | { readonly cells: readonly MatContent[]; readonly shape: readonly number[] }
  | { readonly fields: readonly string[]; readonly elements: readonly Readonly<Record<string, MatContent>>[] };

export interface MatOptions {
  readonly littleEndian?: boolean;
  readonly compressed?: boolean;
}

export function writeMat(variables: Readonly<Record<string, MatContent>>, options: MatOptions = {}): Uint8Array {
  const { littleEndian = true, compressed = false } = options;
  const writer = new MatWriter(littleEndian);
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file, made for tests");
  header.fill(0, 116, 124);
  // Version 0x0100, and "MI" as a 16-bit number of the file's byte order.
  writer.number("u2", 0x0100).copy(header, 124);
  writer.number("u2", 0x4d49).copy(header, 126);
  const elements = Object.entries(variables).map(([name, content]) => {
    const element = writer.matrix(name, content);
    if (!compressed) return element;
    const packed = deflateSync(element);
    return Buffer.concat([writer.number("u4", COMPRESSED), writer.number("u4", packed.length), packed]);
  });
  return new Uint8Array(Buffer.concat([header, ...elements]));
}

class MatWriter {
  constructor(private readonly little: boolean) {}

  number(type: string, value: number): Buffer {
    return this.values(type, [value]);
  }

  private values(type: string, values: ArrayLike<number>): Buffer {
    const width = Number(type.slice(1));
    const bytes = Buffer.alloc(width * values.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const put = putters[type]!;
    for (let i = 0; i < values.length; i++) put(view, i * width, values[i]!, this.little);
    return bytes;
  }

  /** A tag, the content and padding; up to four bytes of content lie in the tag, as MATLAB writes them. */
  private element(code: number, content: Buffer): Buffer {
    const { length } = content;
    if (length > 0 && length <= 4)
      return Buffer.concat([this.number("u4", (length << 16) | code), content, Buffer.alloc(4 - length)]);
    const padding = Buffer.alloc((8 - (length % 8)) % 8);
    return Buffer.concat([this.number("u4", code), this.number("u4", length), content, padding]);
  }

  private numbers(type: string, values: ArrayLike<number>): Buffer {
    return this.element(TYPES[type]!, this.values(type, values));
  }

  matrix(name: string, content: MatContent): Buffer {
    const { code, shape, body, flags = 0 } = this.parts(content);
    const inner = Buffer.concat([
      this.numbers("u4", [(flags << 8) | code, 0]),
      this.numbers("i4", shape),
      this.element(TYPES["i1"]!, Buffer.from(name, "latin1")),
      ...body,
    ]);
    return Buffer.concat([this.number("u4", MATRIX), this.number("u4", inner.length), inner]);
  }

  private parts(content: MatContent): { code: number; shape: readonly number[]; body: Buffer[]; flags?: number } {
    if ("text" in content)
      return {
        code: 4,
        shape: [1, content.text.length],
        body: [
          this.numbers(
            "u2",
            Array.from(content.text, (character) => character.charCodeAt(0)),
          ),
        ],
      };
    if ("cells" in content)
      return { code: 1, shape: content.shape, body: content.cells.map((cell) => this.matrix("", cell)) };
    if ("fields" in content) {
      const nameBytes = 32;
      const names = Buffer.concat(content.fields.map((field) => Buffer.concat([Buffer.from(field)], nameBytes)));
      const values = content.elements.flatMap((element) => content.fields.map((field) => element[field]!));
      return {
        code: 2,
        shape: [1, content.elements.length],
        body: [
          this.numbers("i4", [nameBytes]),
          this.element(TYPES["i1"]!, names),
          ...values.map((value) => this.matrix("", value)),
        ],
      };
    }
    const { code, type } = CLASSES[content.class];
    const values = columnMajor(content.shape, content.data);
    const body = [this.numbers(content.stored ?? type, values)];
    return { code, shape: content.shape, body, flags: content.logical ? 2 : 0 };
  }
}

/** A 1×1 number of class double, as MATLAB's literals are. */
export const scalar = (value: number): MatContent => ({ class: "double", shape: [1, 1], data: [value] });

/** `[]`. */
export const emptyArray: MatContent = { class: "double", shape: [0, 0], data: [] };
