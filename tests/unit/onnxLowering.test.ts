import { describe, expect, it } from "vitest";
import { loadOrtWasm } from "../../src/core/exec/onnx/loadOrtWasm";
import { exportOnnx } from "../../src/core/exec/onnx/lower";
import { partition } from "../../src/core/exec/onnx/partition";
import { encodeModel } from "../../src/core/exec/onnx/protobuf";
import { Builder } from "../../src/core/graph/builder";
import type { OpDef, Value } from "../../src/core/graph/node";

/** y = 2x on the host. */
const twice = {
  name: "twice",
  kind: "host",
  infer: ([x]) => [x!.shape],
  compute: ([x]) => [x!.map((v) => 2 * v)],
} as const satisfies OpDef<Record<string, never>>;

const onHost = (b: Builder, x: Value): Value => b.one(twice, [x], {});
const kinds = (b: Builder): string =>
  partition(b.build())
    .map((part) => part.kind)
    .join(" ");

describe("partition", () => {
  it("is one session where no host op is", () => {
    const b = new Builder();
    b.output("y", b.exp(b.input("x", [2])));
    expect(kinds(b)).toBe("onnx");
  });
  it("runs the slices in front of a host op on the host", () => {
    const b = new Builder();
    const flat = b.state("flat", [10]);
    const theta = b.reshape(b.concat([b.sliceAxis(flat, 0, 0, 2), b.sliceAxis(flat, 0, 5, 2)], 0), [2, 2]);
    b.output("y", b.exp(onHost(b, theta)));
    expect(kinds(b)).toBe("host onnx");
  });
  it("leaves large slices, and those of computed values, to ONNX Runtime", () => {
    const b = new Builder();
    const x = b.input("x", [1 << 18]);
    b.output("y", onHost(b, b.sliceAxis(x, 0, 1, 1 << 17)));
    b.output("z", onHost(b, b.sliceAxis(b.exp(x), 0, 0, 2)));
    expect(kinds(b)).toBe("onnx host");
  });
  it("alternates no more often than the dependencies ask", () => {
    const b = new Builder();
    const [theta, x] = [b.input("theta", [2]), b.input("x", [2])];
    const warped = onHost(b, theta);
    const y = b.exp(b.mul(warped, b.log(x)));
    const back = onHost(b, y);
    b.output("loss", b.sum(y));
    b.output("grad", b.add(back, b.exp(x)));
    b.output("raw", back);
    const parts = partition(b.build());
    expect(parts.map((part) => part.kind)).toEqual(["host", "onnx", "host", "onnx"]);
    expect(parts[3]!.nodes.map((node) => node.op.name)).toEqual(["exp", "add"]);
  });
  it("carries no broadcast from one session to the next", () => {
    const b = new Builder();
    const x = b.input("x", [1]);
    const small = b.exp(x);
    const wide = b.broadcastTo(small, [1000]);
    b.output("y", b.mul(wide, onHost(b, small)));
    const parts = partition(b.build());
    expect(parts[0]!.outputs).toEqual([small]);
    expect(parts[2]!.nodes.map((node) => node.op.name)).toEqual(["broadcastTo", "mul"]);
  });
});

describe("the ONNX writer", () => {
  it("writes the bytes that protobuf asks for", () => {
    const bytes = encodeModel({
      name: "g",
      nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"], attributes: { axis: { int: -1 } }, name: "" }],
      initializers: [],
      inputs: [{ name: "x", shape: [300] }],
      outputs: [],
    });
    const hex = [...bytes].map((v) => v.toString(16).padStart(2, "0")).join("");
    const fields = [
      "0808", // ir_version 8
      "120d64697461736b2d73747564696f", // producer_name "ditask-studio"
      "3a3a", // graph, 58 bytes
      "0a23", // node, 35 bytes: input "x", output "y", name "", op_type "Neg"
      "0a01781201791a0022034e6567",
      "2a14", // attribute, 20 bytes: name "axis", i -1 in ten bytes of two's complement, type INT
      "0a046178697318ffffffffffffffffff01a00102",
      "120167", // name "g"
      "5a10", // input, 16 bytes: name "x", type { tensor_type { FLOAT, shape { dim { 300 } } } }
      "0a0178120b0a09080112050a0308ac02",
      "42040a001011", // opset_import { domain "", version 17 }
    ];
    expect(hex).toBe(fields.join(""));
  });
  it("exports a graph under its own names, states as initializers", async () => {
    const ort = await loadOrtWasm();
    const b = new Builder();
    const x = b.input("image", [1, 2]);
    const y = b.matmul(x, b.state("w", [2, 2]));
    b.output("prediction", y);
    b.output("same", y);
    b.output("input again", x);
    const bytes = exportOnnx(b.build(), new Map([["w", Float32Array.of(1, 2, 3, 4)]]), "model");
    const session = await ort.InferenceSession.create(bytes);
    expect([session.inputNames, session.outputNames]).toEqual([["image"], ["prediction", "same", "input again"]]);
    const result = await session.run({ image: new ort.Tensor("float32", Float32Array.of(1, 10), [1, 2]) });
    expect([...(result["prediction"]!.data as Float32Array)]).toEqual([31, 42]);
    expect([...(result["same"]!.data as Float32Array)]).toEqual([31, 42]);
    expect([...(result["input again"]!.data as Float32Array)]).toEqual([1, 10]);
    await session.release();
  });
  it("says what cannot be exported, and why", () => {
    const b = new Builder();
    b.output("y", onHost(b, b.state("theta", [1])));
    expect(() => exportOnnx(b.build(), new Map([["theta", new Float32Array(1)]]), "m")).toThrow(
      "twice has no ONNX form",
    );
    expect(() => exportOnnx(b.build(), new Map(), "m")).toThrow('needs the state "theta"; it has none');
    b.update(b.state("theta", [1]), b.broadcastTo(b.full(0), [1]));
    expect(() => exportOnnx(b.build(), new Map(), "m")).toThrow("A graph with updates cannot be exported");
  });
});
