/** Array elements ("miMATRIX") of MAT files of version 5: flags, dimensions and name, then what the array's class says. */
import { decodeUtf8 } from "../../core/math/text";
import { countOf, type NumberArray, rowMajor } from "./array";
import { asClass, elementNumbers, isNumeric, type MatElement, readElement } from "./matElements";
import { MAX_PIXELS, type Numbers } from "./raster";

/** data in row-major order; cells and elements in MATLAB's order (the first index runs fastest). */
export type MatValue =
  | ({ readonly kind: "numbers"; readonly logical: boolean } & NumberArray)
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "cell"; readonly shape: readonly number[]; readonly cells: readonly MatValue[] }
  | {
      readonly kind: "struct";
      readonly shape: readonly number[];
      readonly elements: readonly ReadonlyMap<string, MatValue>[];
    }
  /** Sparse matrices, objects, function handles: there, but not read. */
  | { readonly kind: "other"; readonly name: string };

const CLASS = { cell: 1, struct: 2, text: 4 } as const;
const OTHER_NAMES: Readonly<Record<number, string>> = { 3: "object", 5: "sparse", 16: "function handle", 17: "object" };
const MATRIX = 14;
const LOGICAL_FLAG = 0x02;
const COMPLEX_FLAG = 0x08;
const MAX_DEPTH = 16;
const MAX_AXES = 32;
/** A tag, below which no element comes. */
const LEAST_ELEMENT_BYTES = 8;
const UTF8 = 16;
/** MATLAB's own bound is 64. */
const MAX_NAME_BYTES = 256;
/** An annotation has some hundreds of arrays. An empty one is eight bytes in the file and many more in memory. */
const MAX_ARRAYS = 200_000;
const MAX_FIELDS = 1024;
/** Texts that mean something here are names; longer ones are not kept. */
const MAX_TEXT_BYTES = 65_536;

interface Named {
  readonly name: string;
  readonly value: MatValue;
}

/** Reads element after element of one array's content. */
class Cursor {
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly littleEndian: boolean,
  ) {}

  next(): MatElement {
    const { element, next } = readElement(this.bytes, this.at, this.littleEndian, false);
    this.at = next;
    return element;
  }

  /** The first number of the next element; 0 where it is empty. */
  number(): number {
    return elementNumbers(this.next(), this.littleEndian)[0] ?? 0;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }
}

/** Of one file: the arrays that it reads are counted. */
export class MatrixReader {
  private arraysRead = 0;

  constructor(private readonly littleEndian: boolean) {}

  /** content: of an array element. @throws where it is cut or contradicts itself. */
  read(content: Uint8Array, depth = 0): Named {
    if (++this.arraysRead > MAX_ARRAYS)
      throw new Error(`The MAT file holds more than ${MAX_ARRAYS} arrays. It is damaged, or no file of labels.`);
    if (content.length === 0)
      return { name: "", value: { kind: "numbers", logical: false, shape: [0, 0], data: new Float64Array() } };
    if (depth > MAX_DEPTH)
      throw new Error(
        `The MAT file nests cells or structs more than ${MAX_DEPTH} deep. It is damaged or made to harm.`,
      );
    const cursor = new Cursor(content, this.littleEndian);
    const flags = cursor.number();
    const shapeElement = cursor.next();
    if (shapeElement.content.length > 4 * MAX_AXES)
      throw new Error(`The MAT file has an array of more than ${MAX_AXES} axes. It is damaged.`);
    const shape = [...elementNumbers(shapeElement, this.littleEndian)];
    const name = String.fromCharCode(...cursor.next().content.subarray(0, MAX_NAME_BYTES));
    return { name, value: this.value(flags, shape, cursor, depth) };
  }

  private value(flags: number, shape: readonly number[], cursor: Cursor, depth: number): MatValue {
    const type = flags & 0xff;
    const attributes = flags >>> 8;
    if (isNumeric(type)) return this.numbers(shape, type, attributes, cursor);
    if (type === CLASS.text) return this.text(cursor.next());
    if (type === CLASS.cell)
      return { kind: "cell", shape, cells: this.arrays(this.counted(shape, cursor), cursor, depth) };
    if (type === CLASS.struct) return this.struct(shape, cursor, depth);
    return { kind: "other", name: OTHER_NAMES[type] ?? `array of class ${type}` };
  }

  private numbers(shape: readonly number[], type: number, attributes: number, cursor: Cursor): MatValue {
    if (attributes & COMPLEX_FLAG) return { kind: "other", name: "complex array" };
    const element = cursor.next();
    const count = countOf(shape);
    if (count > MAX_PIXELS)
      throw new Error(
        `The MAT file has an array of ${shape.join("×")}; at most ${MAX_PIXELS / 1e6} million numbers can be read.`,
      );
    const stored = elementNumbers(element, this.littleEndian);
    if (stored.length !== count)
      throw new Error(
        `The MAT file has an array of ${shape.join("×")} with ${stored.length} numbers in place of ${count}. It is cut or damaged.`,
      );
    const logical = (attributes & LOGICAL_FLAG) !== 0;
    const values = logical ? zeroOrOne(stored) : asClass(stored, type);
    return { kind: "numbers", logical, shape, data: rowMajor(shape, values) };
  }

  private text(element: MatElement): MatValue {
    if (element.content.length > MAX_TEXT_BYTES) return { kind: "other", name: "long text" };
    if (element.type === UTF8) return { kind: "text", text: decodeUtf8Text(element.content) };
    // Other encodings of characters have the codes of unsigned integers of their width.
    const width = ({ 17: 4, 18: 6 } as Readonly<Record<number, number>>)[element.type] ?? element.type;
    let text = "";
    for (const code of elementNumbers({ ...element, type: width }, this.littleEndian)) {
      if (code < 0 || code > 0x10ffff || !Number.isInteger(code))
        throw new Error("The MAT file has text with a damaged character.");
      text += String.fromCodePoint(code);
    }
    return { kind: "text", text };
  }

  /** How many arrays a cell or struct array holds, borne out by the bytes that are left. */
  private counted(shape: readonly number[], cursor: Cursor, each = 1): number {
    const count = countOf(shape) * each;
    if (count * LEAST_ELEMENT_BYTES > cursor.left)
      throw new Error(
        `The MAT file says that ${count} arrays follow, but ${cursor.left} bytes are left. It is cut or damaged.`,
      );
    return count;
  }

  private arrays(count: number, cursor: Cursor, depth: number): MatValue[] {
    return Array.from({ length: count }, () => {
      const element = cursor.next();
      if (element.type !== MATRIX)
        throw new Error(
          `The MAT file has an element of type ${element.type} inside of a cell or struct. It is damaged.`,
        );
      return this.read(element.content, depth + 1).value;
    });
  }

  private struct(shape: readonly number[], cursor: Cursor, depth: number): MatValue {
    const nameBytes = cursor.number();
    const names = cursor.next().content;
    const fields = nameBytes > 0 ? names.length / nameBytes : 0;
    if (nameBytes < 0 || nameBytes > MAX_NAME_BYTES || fields > MAX_FIELDS || !Number.isInteger(fields))
      throw new Error(
        `The MAT file has ${names.length} bytes of field names of ${nameBytes} bytes each. It is damaged.`,
      );
    const fieldNames = Array.from({ length: fields }, (_, i) =>
      String.fromCharCode(...names.subarray(i * nameBytes, (i + 1) * nameBytes)).replace(/\0.*$/s, ""),
    );
    if (fields === 0) return { kind: "struct", shape, elements: [] };
    const values = this.arrays(this.counted(shape, cursor, fields), cursor, depth);
    const elements = Array.from(
      { length: values.length / fields },
      (_, i) => new Map(fieldNames.map((field, f) => [field, values[i * fields + f]!])),
    );
    return { kind: "struct", shape, elements };
  }
}

function zeroOrOne(stored: Numbers): Uint8Array {
  const values = new Uint8Array(stored.length);
  for (let i = 0; i < values.length; i++) values[i] = stored[i] === 0 ? 0 : 1;
  return values;
}

function decodeUtf8Text(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new Error("The MAT file has text that is no UTF-8. It is damaged.", { cause });
  }
}
