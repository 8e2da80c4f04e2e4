/**
 * Writes an ONNX model (protobuf, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; field numbers are beside each field). Large tensors are
 * copied once, into the final bytes.
 */

import { encodeUtf8 } from "../../math/text";

export type Attribute = number | string | readonly number[] | { readonly int: number };

export interface NodeRecord {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Where in the model the node was made, for profiles. */
  readonly name: string;
}

export interface TensorRecord {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface ValueRecord {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ModelRecord {
  readonly name: string;
  readonly nodes: readonly NodeRecord[];
  readonly initializers: readonly TensorRecord[];
  readonly inputs: readonly ValueRecord[];
  readonly outputs: readonly ValueRecord[];
}

export const OPSET = 17;
const IR_VERSION = 8;
export const FLOAT = 1;
export const BOOL = 9;
const INT64 = 7;

interface Message {
  readonly chunks: Uint8Array[];
  length: number;
}

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

const message = (...fields: readonly Message[]): Message => ({
  chunks: fields.flatMap((f) => f.chunks),
  length: fields.reduce((n, f) => n + f.length, 0),
});

function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

const raw = (bytes: Uint8Array): Message => ({ chunks: [bytes], length: bytes.length });
const key = (field: number, wire: number): number[] => varint((field << 3) | wire);
const int = (field: number, value: number): Message => raw(Uint8Array.from([...key(field, VARINT), ...varint(value)]));
const nested = (field: number, body: Message): Message =>
  message(raw(Uint8Array.from([...key(field, BYTES), ...varint(body.length)])), body);
const bytes = (field: number, data: Uint8Array): Message => nested(field, raw(data));
const text = (field: number, value: string): Message => bytes(field, encodeUtf8(value));
const ints = (field: number, values: readonly number[]): Message =>
  bytes(field, Uint8Array.from(values.flatMap((v) => varint(v))));
const float = (field: number, value: number): Message =>
  message(raw(Uint8Array.from(key(field, FIXED32))), raw(new Uint8Array(Float32Array.of(value).buffer)));

/** AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20. */
function attribute(name: string, value: Attribute): Message {
  const [body, type] =
    typeof value === "number"
      ? [float(2, value), 1]
      : typeof value === "string"
        ? [text(4, value), 3]
        : "int" in value
          ? [int(3, value.int), 2]
          : [ints(8, value), 7];
  return message(text(1, name), body, int(20, type));
}

/** NodeProto: input 1, output 2, name 3, op_type 4, attribute 5. */
const node = (n: NodeRecord): Message =>
  message(
    ...n.inputs.map((v) => text(1, v)),
    ...n.outputs.map((v) => text(2, v)),
    text(3, n.name),
    text(4, n.opType),
    ...Object.entries(n.attributes).map(([name, value]) => nested(5, attribute(name, value))),
  );

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9 (little endian). */
const tensor = (t: TensorRecord): Message =>
  message(
    ints(1, t.shape),
    int(2, t.data instanceof Float32Array ? FLOAT : INT64),
    text(8, t.name),
    bytes(9, new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)),
  );

/** ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 } } } }. */
function value(v: ValueRecord): Message {
  const shape = message(...v.shape.map((d) => nested(1, int(1, d))));
  return message(text(1, v.name), nested(2, nested(1, message(int(1, FLOAT), nested(2, shape)))));
}

/** ModelProto: ir_version 1, producer_name 2, graph 7, opset_import 8. GraphProto: node 1, name 2, initializer 5, input 11, output 12. */
export function encodeModel(model: ModelRecord): Uint8Array {
  const graph = message(
    ...model.nodes.map((n) => nested(1, node(n))),
    text(2, model.name),
    ...model.initializers.map((t) => nested(5, tensor(t))),
    ...model.inputs.map((v) => nested(11, value(v))),
    ...model.outputs.map((v) => nested(12, value(v))),
  );
  const whole = message(
    int(1, IR_VERSION),
    text(2, "ditask-studio"),
    nested(7, graph),
    nested(8, message(text(1, ""), int(2, OPSET))),
  );
  const result = new Uint8Array(whole.length);
  let offset = 0;
  for (const chunk of whole.chunks) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}
