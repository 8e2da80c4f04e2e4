import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInFormats } from "../../src/contracts/labelFormat";
import { decodeLabel } from "../../src/data/formats/labels";
import { type MatValue, matArray, readMat } from "../../src/data/io/mat";
import { readRaster } from "../../src/data/io/readRaster";
import { emptyArray, type MatClass, type MatContent, scalar, writeMat } from "../dataSets/writeMat";
import { arrays, ascii, bytes, type Expected, expected, file, plain } from "./arrayFiles";

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
