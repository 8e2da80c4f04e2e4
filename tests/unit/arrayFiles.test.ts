import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInFormats } from "../../src/contracts/labelFormat";
import { decodeLabel } from "../../src/data/formats/labels";
import { arrayRaster } from "../../src/data/io/array";
import { type MatValue, matArray, readMat } from "../../src/data/io/mat";
import { readNpy } from "../../src/data/io/npy";
import { readRaster } from "../../src/data/io/readRaster";
import { emptyArray, type MatClass, type MatContent, scalar, writeMat } from "../dataSets/writeMat";
import { writeNpy } from "../dataSets/writeNpy";

interface Expected {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const folder = "tests/fixtures/arrays";
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`${folder}/${name}`));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")) as Record<string, Expected> & {
  mat: Record<string, Expected>;
};
/** Hexadecimal bytes, with a comment behind ";" in each line. */
const bytes = (hex: string): Uint8Array =>
  new Uint8Array(Buffer.from(hex.replace(/;.*$/gm, "").replace(/\s+/g, ""), "hex"));
const ascii = (words: string): string => Buffer.from(words, "latin1").toString("hex");
/** The value as a test compares it. */
const plain = ({ shape, data }: { shape: readonly number[]; data: ArrayLike<number> }): Expected => ({
  shape,
  data: Array.from(data),
});

/** Shapes of up to 60 numbers, empty axes among them. */
const shapes = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
  .filter((shape) => shape.reduce((product, length) => product * length, 1) <= 60);
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const integers = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
const single = fc.float({ noNaN: false });
const half = fc.integer({ min: 0, max: 65535 }).map((bits) => {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
});
/** Values of each type; 64-bit integers are read where 32 bits hold them. */
const valuesOf: Readonly<Record<string, fc.Arbitrary<number>>> = {
  b1: integers(0, 1),
  u1: integers(0, 255),
  i1: integers(-128, 127),
  u2: integers(0, 65535),
  i2: integers(-32768, 32767),
  u4: integers(0, 2 ** 32 - 1),
  i4: integers(-(2 ** 31), 2 ** 31 - 1),
  u8: integers(0, 2 ** 32 - 1),
  i8: integers(-(2 ** 31), 2 ** 31 - 1),
  f2: half,
  f4: single,
  f8: fc.double(),
};

const arrays = (types: readonly string[]) =>
  fc.tuple(fc.constantFrom(...types), shapes).chain(([type, shape]) =>
    fc.record({
      type: fc.constant(type),
      shape: fc.constant(shape),
      data: fc.array(valuesOf[type]!, { minLength: sizeOf(shape), maxLength: sizeOf(shape) }),
    }),
  );

describe("readNpy", () => {
  it.each(Object.keys(expected).filter((name) => name.endsWith(".npy")))("reads what NumPy wrote: %s", (name) => {
    expect(plain(readNpy(file(name)))).toEqual(expected[name]);
  });

  it("reads a file that was put together by hand from the format's description", () => {
    const header = "{'shape': (2, 3), 'fortran_order': True, 'descr': '>i2'}".padEnd(117);
    const written = bytes(`
      93 ${ascii("NUMPY")} ; the magic string
      01 00 ; version 1.0
      76 00 ; 118 bytes of header, little-endian
      ${ascii(`${header}\n`)}
      0001 0004 0002 fffe 0003 7fff ; the columns (1, 4), (2, -2), (3, 32767)`);
    expect(plain(readNpy(written))).toEqual({ shape: [2, 3], data: [1, 2, 3, 4, -2, 32767] });
  });

  it("gives back every type, byte order, order of axes and version", () => {
    const options = fc.record({
      order: fc.constantFrom("<" as const, ">" as const),
      fortran: fc.boolean(),
      version: fc.constantFrom(1 as const, 2 as const, 3 as const),
    });
    fc.assert(
      fc.property(arrays(Object.keys(valuesOf)), options, ({ type, shape, data }, how) => {
        expect(plain(readNpy(writeNpy(type, shape, data, how)))).toEqual({ shape, data });
      }),
      { seed: 31, numRuns: 400 },
    );
  });

  const named = (text: string): Uint8Array => {
    const length = Buffer.from([text.length + 1, 0]).toString("hex");
    return bytes(`93 ${ascii("NUMPY")} 01 00 ${length} ${ascii(`${text}\n`)} 07`);
  };
  it.each([
    ["objects, which are pickles", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", /values of type '\|O'/],
    ["text", "{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", /values of type '<U1'/],
    ["complex numbers", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", /values of type '<c8'/],
    ["records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", /holds records/],
    [
      "a shape that no file can hold",
      "{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999, 9999999999), }",
      /no file can hold/,
    ],
    ["a shape beyond its bytes", "{'descr': '|u1', 'fortran_order': False, 'shape': (40000, 40000), }", /but 1 follow/],
    [
      "an entry twice",
      "{'descr': '|u1', 'descr': '|i1', 'fortran_order': False, 'shape': (1,), }",
      /header is damaged/,
    ],
    ["an entry that is none", "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'x': 1}", /header is damaged/],
    ["an inherited name", "{'descr': '|constructor', 'fortran_order': False, 'shape': (1,)}", /which cannot be read/],
    ["a missing entry", "{'descr': '|u1', 'shape': (1,)}", /header is damaged/],
  ])("refuses %s", (_, header, message) => {
    expect(() => readNpy(named(header))).toThrow(message);
  });

  it("refuses 64-bit integers beyond 32 bits, and keeps the others integers", () => {
    expect(() => readNpy(writeNpy("i8", [2], [1, 2 ** 40]))).toThrow(/too large\. Save it as 32-bit integers/);
    expect(readNpy(writeNpy("i8", [2], [-1, 5])).data).toBeInstanceOf(Int32Array);
    expect(readNpy(writeNpy("u8", [1], [2 ** 32 - 1])).data).toBeInstanceOf(Uint32Array);
  });
});

/** Of numeric arrays. */
function numbersOf(value: MatValue | undefined): Expected {
  if (value?.kind !== "numbers") throw new Error(`These are no numbers but ${value?.kind}.`);
  return plain(value);
}

describe("readMat", () => {
  it.each(["plain.mat", "compressed.mat"])("reads what SciPy wrote: %s", (name) => {
    const variables = readMat(file(name));
    for (const [variable, array] of Object.entries(expected.mat))
      expect(numbersOf(variables.get(variable)), variable).toEqual(array);
    expect(variables.get("mask")).toMatchObject({ logical: true });
    const anno = variables.get("anno");
    if (anno?.kind !== "struct") throw new Error("anno is no struct.");
    expect([...anno.elements[0]!.keys()]).toEqual(["imname", "objects"]);
    const objects = anno.elements[0]!.get("objects");
    if (objects?.kind !== "struct") throw new Error("objects is no struct.");
    expect(objects.elements.map((object) => object.get("class"))).toEqual([
      { kind: "text", text: "person" },
      { kind: "text", text: "cat" },
    ]);
    expect(objects.elements.map((object) => numbersOf(object.get("class_ind")).data)).toEqual([[15], [8]]);
    const parts = objects.elements[0]!.get("parts");
    if (parts?.kind !== "struct") throw new Error("parts is no struct.");
    expect(numbersOf(parts.elements[0]!.get("mask"))).toEqual({ shape: [2, 3], data: [1, 0, 0, 0, 1, 0] });
    const cells = variables.get("cells");
    if (cells?.kind !== "cell") throw new Error("cells is no cell.");
    expect(cells.cells[0]).toEqual({ kind: "text", text: "text" });
    expect(numbersOf(cells.cells[1]).data).toEqual([0, 1, 2]);
  });

  /** Written out from MathWorks' description; both byte orders. x = uint8([1 2; 3 4]) and d = [1 2; 3 4], whose doubles lie in bytes. */
  const header = (order: string): string => `${ascii("MATLAB 5.0 MAT-file".padEnd(116))} ${"00".repeat(8)} ${order}`;
  const bigEndian = bytes(`${header("0100 4d49")}
    0000000e 00000030 ; an array of 48 bytes
    00000006 00000008 ; its flags: two 32-bit numbers
    00000009 00000000 ; class uint8
    00000005 00000008 ; its dimensions: two 32-bit numbers
    00000002 00000002
    00010001 78000000 ; its name in the tag: 1 byte, "x"
    00040002 01030204 ; its numbers in the tag: 4 bytes, column by column`);
  const littleEndian = bytes(`${header("0001 494d")}
    0e000000 38000000 ; an array of 56 bytes
    06000000 08000000 ; its flags
    06000000 00000000 ; class double
    05000000 08000000 ; its dimensions
    02000000 02000000
    01000000 01000000 ; its name, not in the tag: 1 byte, "d", and 7 of padding
    6400000000000000
    02000400 01030204 ; its numbers, in bytes: 4 of them in the tag`);

  it("reads files that were put together by hand from the format's description", () => {
    expect(numbersOf(readMat(bigEndian).get("x"))).toEqual({ shape: [2, 2], data: [1, 2, 3, 4] });
    expect(numbersOf(readMat(littleEndian).get("d"))).toEqual({ shape: [2, 2], data: [1, 2, 3, 4] });
  });

  it("takes doubles for floats however few bytes they are stored in: metres, not millimetres", () => {
    for (const stored of ["u1", "i1", "u2", "i2", "u4", "i4"] as const) {
      const metres = writeMat({ depth: { class: "double", shape: [2, 2], data: [1, 2, 3, 0], stored } });
      expect([...decodeLabel(readRaster(metres), builtInFormats.depth).data]).toEqual([1, 2, 3, 255]);
    }
    const upright = writeMat({ norms: { class: "double", shape: [2, 1, 3], data: [0, 0, 1, 1, 0, 0], stored: "u1" } });
    expect([...decodeLabel(readRaster(upright), builtInFormats.normals).data]).toEqual([0, 0, 1, 1, 0, 0]);
    const millimetres = writeMat({ depth: { class: "uint16", shape: [2, 2], data: [1, 2, 3, 0], stored: "u1" } });
    expect(decodeLabel(readRaster(millimetres), builtInFormats.depth).data[1]).toBeCloseTo(0.002, 9);
  });

  it("refuses a number that the array's class cannot hold", () => {
    const wrong: MatContent = { class: "uint8", shape: [1, 2], data: [1, 300], stored: "u2" };
    expect(() => readMat(writeMat({ wrong }))).toThrow("stores the number 300 in an array of class 9");
  });

  it("gives back every class in any storage, in either byte order, plain or compressed", () => {
    const classTypes: Readonly<Record<MatClass, string>> = {
      double: "f8",
      single: "f4",
      int8: "i1",
      uint8: "u1",
      int16: "i2",
      uint16: "u2",
      int32: "i4",
      uint32: "u4",
      int64: "i8",
      uint64: "u8",
    };
    const numeric = fc.constantFrom(...(Object.keys(classTypes) as MatClass[])).chain((name) =>
      arrays([classTypes[name]]).chain(({ shape, data }) => {
        const own = { class: name, shape: shape.length === 1 ? [1, ...shape] : shape, data };
        const isSmall = data.every(
          (value) => Number.isInteger(value) && value >= 0 && value < 256 && !Object.is(value, -0),
        );
        return fc.constantFrom<MatContent>(own, ...(isSmall ? [{ ...own, stored: "u1" }] : []));
      }),
    );
    const words = fc.string({ maxLength: 12, unit: "grapheme-ascii" }).map((text): MatContent => ({ text }));
    const content = fc.letrec<{ any: MatContent }>((tie) => ({
      any: fc.oneof(
        { depthSize: "small" },
        numeric,
        words,
        fc.array(tie("any"), { maxLength: 3 }).map((cells): MatContent => ({ cells, shape: [1, cells.length] })),
        fc
          .array(fc.record({ first: tie("any"), second: tie("any") }), { maxLength: 2 })
          .map((elements): MatContent => ({ fields: ["first", "second"], elements })),
      ),
    })).any;
    const options = fc.record({ littleEndian: fc.boolean(), compressed: fc.boolean() });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "some_name", "x1"), content), options, (variables, how) => {
        const read = readMat(writeMat(variables, how));
        expect([...read.keys()]).toEqual(Object.keys(variables));
        for (const [name, value] of read) expectContent(value, variables[name]!);
      }),
      { seed: 32, numRuns: 300 },
    );
  });

  it("turns version 7.3 and other HDF5 files away with a way to convert them", () => {
    const hdf5 = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
    const mat73 = Buffer.concat([
      Buffer.from("MATLAB 7.3 MAT-file, Platform: GLNXA64".padEnd(512)),
      hdf5,
      Buffer.alloc(80),
    ]);
    mat73.set([0, 2, 0x49, 0x4d], 124);
    for (const bytes of [mat73, Buffer.concat([hdf5, Buffer.alloc(600)])])
      for (const read of [readMat, readRaster, matArray])
        expect(() => read(new Uint8Array(bytes))).toThrow(/HDF5 \(MATLAB 7\.3.*save\(FILE, '-v7'\).*h5py.*numpy\.save/);
  });

  it("tells which variable it needs where there are several arrays, and takes the one that is named", () => {
    const two = writeMat({
      a: { class: "uint8", shape: [2, 2], data: [1, 2, 3, 4] },
      b: { class: "uint8", shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
      n: scalar(7),
      e: emptyArray,
    });
    expect(matArray(two, ["nothing", "b"]).shape).toEqual([2, 3]);
    expect(() => matArray(two, ["depth"])).toThrow(
      /a variable named depth, but it holds a \(2×2\), b \(2×3\), n \(1×1\), e \(0×0\)/,
    );
  });
});

function expectContent(value: MatValue, content: MatContent): void {
  if ("text" in content) expect(value).toEqual({ kind: "text", text: content.text });
  else if ("cells" in content) {
    if (value.kind !== "cell") throw new Error(`A cell became ${value.kind}.`);
    expect(value.shape).toEqual(content.shape);
    content.cells.forEach((cell, i) => void expectContent(value.cells[i]!, cell));
  } else if ("fields" in content) {
    if (value.kind !== "struct") throw new Error(`A struct became ${value.kind}.`);
    expect(value.elements).toHaveLength(content.elements.length);
    content.elements.forEach((element, i) => {
      for (const [field, of] of Object.entries(element)) expectContent(value.elements[i]!.get(field)!, of);
    });
  } else {
    expect(numbersOf(value)).toEqual({ shape: content.shape, data: [...(content.data as number[])] });
    const isFloat =
      value.kind === "numbers" && (value.data instanceof Float32Array || value.data instanceof Float64Array);
    expect(isFloat).toBe(content.class === "double" || content.class === "single");
  }
}

describe("arrayRaster", () => {
  it.each([
    [[5, 7], { width: 7, height: 5, channels: 1 }],
    [[5, 7, 3], { width: 7, height: 5, channels: 3 }],
    [[3, 5, 7], { width: 7, height: 5, channels: 3 }],
    [[1, 5, 7], { width: 7, height: 5, channels: 1 }],
    [[1, 1, 5, 7], { width: 7, height: 5, channels: 1 }],
    [[1, 5, 7, 1], { width: 7, height: 5, channels: 1 }],
  ])("takes the shape [%s] for a picture", (shape, picture) => {
    const data = Uint8Array.from({ length: sizeOf(shape) }, (_, i) => i);
    const raster = arrayRaster({ shape, data });
    expect(raster).toMatchObject(picture);
    // The pixel at row 2, column 4 of the last channel.
    const [c, channels] = [picture.channels - 1, picture.channels];
    const isFirst = shape.length === 3 && shape[0] === 3;
    expect(raster.data[(2 * 7 + 4) * channels + c]).toBe(isFirst ? (c * 5 + 2) * 7 + 4 : (2 * 7 + 4) * channels + c);
  });

  it.each([[[]], [[5]], [[5, 6, 7]], [[2, 5, 6, 7]], [[0, 5]], [[5, 0, 3]], [[1, 1, 1, 5]]])(
    "refuses [%s]",
    (shape) => {
      const data = new Uint8Array(sizeOf(shape));
      expect(() => arrayRaster({ shape, data })).toThrow(/A picture is|pixels; at least 1/);
    },
  );
});
