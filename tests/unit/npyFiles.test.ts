import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrayRaster } from "../../src/data/io/array";
import { readNpy } from "../../src/data/io/npy";
import { writeNpy } from "../dataSets/writeNpy";
import { arrays, ascii, bytes, expected, file, plain, sizeOf, valuesOf } from "./arrayFiles";

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
