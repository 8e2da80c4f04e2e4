import { describe, expect, it } from "vitest";
import { builtInFormats, labelChannels } from "../../src/contracts/labelFormat";
import { IGNORE } from "../../src/contracts/sample";
import type { BuiltInTask } from "../../src/contracts/tasks";
import { decodeLabel } from "../../src/data/formats/labels";
import { arrayRaster } from "../../src/data/io/array";
import { encodePng, type PngPixels } from "../../src/data/io/png";
import { readPng } from "../../src/data/io/pngFile";
import type { Numbers } from "../../src/data/io/raster";
import { readRaster } from "../../src/data/io/readRaster";
import { writeNpy } from "../dataSets/writeNpy";
import { writePng } from "../dataSets/writePng";

const grey = (...data: number[]) =>
  readPng(encodePng({ width: data.length, height: 1, channels: 1, data: Uint8Array.from(data) }));
const rgb = (...data: number[]) =>
  readPng(encodePng({ width: data.length / 3, height: 1, channels: 3, data: Uint8Array.from(data) }));
const grey16 = (...data: number[]) =>
  readPng(encodePng({ width: data.length, height: 1, channels: 1, data: Uint16Array.from(data) }));

const decode = (task: BuiltInTask, png: PngPixels) => decodeLabel(png, builtInFormats[task]);

describe("label decoders", () => {
  it("semseg and human_parts are indices, 255 ignored, also through a palette", () => {
    for (const task of ["semseg", "human_parts"] as const) {
      expect([...decode(task, grey(0, 3, 255)).data]).toEqual([0, 3, IGNORE]);
      const palette = Array.from({ length: 4 }, (_, i): [number, number, number] => [255 - i, 7, i]);
      const indexed = writePng({ width: 2, height: 1, colour: 3, depth: 8, data: [3, 1], palette });
      expect([...decode(task, readPng(indexed)).data]).toEqual([3, 1]);
    }
  });

  it("saliency and edges are above half of the brightness", () => {
    for (const task of ["sal", "edge"] as const) {
      expect([...decode(task, grey(0, 127, 128, 255)).data]).toEqual([0, 0, 1, 1]);
      expect([...decode(task, rgb(255, 255, 255, 0, 0, 0)).data]).toEqual([1, 0]);
    }
  });

  it("normals are 2v/255 - 1 made unit; black, white and mid-grey mark no label", () => {
    const { data, channels } = decode(
      "normals",
      rgb(255, 128, 128, 128, 128, 0, 0, 0, 0, 128, 128, 128, 255, 255, 255, 218, 218, 128),
    );
    expect(channels).toBe(3);
    const expectVector = (at: number, x: number, y: number, z: number): void => {
      for (const [c, value] of [x, y, z].entries()) expect(data[3 * at + c]).toBeCloseTo(value, 2);
      expect(Math.hypot(data[3 * at]!, data[3 * at + 1]!, data[3 * at + 2]!)).toBeCloseTo(1, 6);
    };
    expectVector(0, 1, 0, 0);
    expectVector(1, 0, 0, -1);
    expectVector(5, Math.SQRT1_2, Math.SQRT1_2, 0);
    for (const at of [2, 3, 4]) expect([...data.slice(3 * at, 3 * at + 3)]).toEqual([IGNORE, IGNORE, IGNORE]);
  });

  it("depth is millimetres to metres, 0 ignored", () => {
    const { data } = decode("depth", grey16(0, 1, 1500, 65535));
    expect(data).toEqual(Float32Array.of(IGNORE, 0.001, 1.5, 65.535));
  });

  it("classes of 16 bits are indices like those of 8, and their reading maps more of them", () => {
    expect([...decode("semseg", grey16(0, 254, 255)).data]).toEqual([0, 254, IGNORE]);
    const reading = { ignore: [65535], classMap: Array.from({ length: 1000 }, (_, raw) => (raw === 894 ? 7 : IGNORE)) };
    expect([...decodeLabel(grey16(894, 12, 65535), builtInFormats.semseg, reading).data]).toEqual([
      ...[7, IGNORE, IGNORE],
    ]);
  });

  it("a file of another kind is refused with what to do", () => {
    expect(() => decode("semseg", rgb(1, 2, 3))).toThrow(/Convert colours to class indices/);
    expect(() => decode("semseg", grey16(1203))).toThrow(/whole numbers from 0 to 254, but it has 1203/);
    expect(() => decode("depth", grey(1))).toThrow(/16-bit grey PNG in millimetres/);
    expect(() => decode("normals", grey(1))).toThrow(/red, green and blue/);
  });

  it("numbers are file · scale + offset, from as many channels as the task has; a mark stands for no label", () => {
    const format = { kind: "regression", channels: 1, scale: 0.5, offset: -10, flipX: false } as const;
    expect([...decodeLabel(grey(0, 30, 255), format).data]).toEqual([-10, 5, 117.5]);
    expect([...decodeLabel(grey16(0, 65535), { ...format, unlabelled: 0 }).data]).toEqual([IGNORE, 32757.5]);
    const two = decodeLabel(rgb(10, 20, 30, 40, 50, 60), { ...format, channels: 2, offset: 0, unlabelled: 50 });
    expect([two.channels, ...two.data]).toEqual([2, 5, 10, 20, IGNORE]);
  });

  it("a number that happens to be 255 is a label still", () => {
    const format = { kind: "regression", channels: 1, scale: 1, offset: 0, flipX: false } as const;
    const [value] = decodeLabel(grey(255), format).data;
    expect(value).not.toBe(IGNORE);
    expect(Math.abs(value! - 255) / 255).toBeLessThan(1e-7);
    expect([...decodeLabel(grey16(510), { ...format, scale: 0.5 }).data][0]).toBe(value);
  });

  it("numbers are refused from a palette or from too few channels", () => {
    const format = { kind: "regression", channels: 2, scale: 1, offset: 0, flipX: false } as const;
    expect(() => decodeLabel(grey(1), format)).toThrow(/regression map of 2 channel\(s\).*but it has 1\./);
    const indexed = readPng(writePng({ width: 1, height: 1, colour: 3, depth: 8, data: [0], palette: [[1, 2, 3]] }));
    expect(() => decodeLabel(indexed, { ...format, channels: 1 })).toThrow(/without a palette, but it has a palette/);
  });

  const array = (channels: number, data: Numbers) =>
    arrayRaster({ shape: [1, data.length / channels, channels], data });

  it("integers of an array are depth in millimetres, 64-bit ones too, and floats are metres", () => {
    const depth = (bytes: Uint8Array) => [...decodeLabel(readRaster(bytes), builtInFormats.depth).data];
    for (const type of ["i8", "u8", "i4", "u4", "i2", "u2"])
      expect(depth(writeNpy(type, [1, 2], [1500, 0]))).toEqual([1.5, IGNORE]);
    for (const type of ["f8", "f4", "f2"]) expect(depth(writeNpy(type, [1, 2], [1.5, 0]))).toEqual([1.5, IGNORE]);
  });

  it("directions in integers of 32 bits are refused where no range says what 1 is", () => {
    for (const data of [Int32Array.of(255, 128, 128), Uint32Array.of(255, 128, 128)]) {
      expect(() => decodeLabel(array(3, data), builtInFormats.normals)).toThrow(
        /which integers of 32 bits mean -1 and 1/,
      );
      const [x] = decodeLabel(array(3, data), builtInFormats.normals, { range: [0, 255] }).data;
      expect(x).toBeCloseTo(1, 4);
    }
    expect([...decodeLabel(array(3, Float64Array.of(1, 0, 0)), builtInFormats.normals).data]).toEqual([1, 0, 0]);
  });

  it("yes and no in an array that runs to neither 1 nor 255 are refused", () => {
    for (const data of [Uint16Array.of(0, 65535), Float32Array.of(0, Number.POSITIVE_INFINITY)])
      expect(() => decodeLabel(array(1, data), builtInFormats.sal)).toThrow(/runs to 1 or 255, but it has/);
    const ranged = decodeLabel(array(1, Uint16Array.of(0, 65535)), builtInFormats.sal, { range: [0, 65535] });
    expect([...ranged.data]).toEqual([0, 1]);
    expect([...decodeLabel(array(1, Uint8Array.of(0, 255)), builtInFormats.sal).data]).toEqual([0, 1]);
    expect([...decodeLabel(array(1, Float32Array.of(0.2, 0.9)), builtInFormats.sal).data]).toEqual([0, 1]);
  });

  it("a class that a shift moves onto the mark for no label is refused, not lost", () => {
    expect(() => decodeLabel(grey(254), builtInFormats.semseg, { shift: 1 })).toThrow(/from -1 to 253, but it has 254/);
    expect([...decodeLabel(grey(253, 255), builtInFormats.semseg, { shift: 1 }).data]).toEqual([254, IGNORE]);
    expect([...decodeLabel(grey(0, 1, 9), builtInFormats.semseg, { classMap: [IGNORE, 4] }).data]).toEqual([
      IGNORE,
      4,
      IGNORE,
    ]);
  });

  it("numbers that 32 bits cannot hold have no label", () => {
    const wide = array(1, Float64Array.of(1e300, 1e-300, 2));
    expect([...decodeLabel(wide, builtInFormats.depth).data]).toEqual([IGNORE, IGNORE, 2]);
    const format = { kind: "regression", channels: 1, scale: 1, offset: 0, flipX: false } as const;
    expect([...decodeLabel(wide, format).data]).toEqual([IGNORE, 0, 2]);
  });

  it("every map has the channels that its task says", () => {
    for (const task of ["semseg", "human_parts", "sal", "edge"] as const) {
      expect(decode(task, grey(0, 1)).channels).toBe(labelChannels(builtInFormats[task]));
    }
    expect(labelChannels(builtInFormats.normals)).toBe(3);
    expect(labelChannels(builtInFormats.depth)).toBe(1);
  });
});
