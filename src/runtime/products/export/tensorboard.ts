/**
 * A TensorBoard event file. Records are framed as TensorFlow does it (tensorflow/core/lib/io/record_writer.h): length u64, masked
 * CRC-32C of the length, the message, masked CRC-32C of the message. Messages are the protocol buffer Event
 * (tensorflow/core/util/event.proto); field numbers are beside each field.
 */
import { joined } from "../../../core/io/bytes";
import type { MetricsFile } from "../../run/artefacts";
import { metricsRows } from "./csv";
import { BINARY, type Exporter } from "./export";

/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc >>> 0;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255]!;
  return ~crc >>> 0;
}

/** Rotated and shifted, so that a checksum of data that holds checksums is of use. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const key = (field: number, wire: number): number[] => varint(field * 8 + wire);
const bytes = (field: number, body: Uint8Array): Uint8Array =>
  joined([Uint8Array.from([...key(field, BYTES), ...varint(body.length)]), body]);
const int = (field: number, value: number): Uint8Array => Uint8Array.from([...key(field, VARINT), ...varint(value)]);

function double(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return Uint8Array.from([...key(field, FIXED64), ...data]);
}

function float(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return Uint8Array.from([...key(field, FIXED32), ...data]);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Event: wall_time 1, step 2, file_version 3, summary 5 { value 1 { tag 1, simple_value 2 } }. */
const scalarEvent = (seconds: number, step: number, tag: string, value: number): Uint8Array =>
  joined([double(1, seconds), int(2, step), bytes(5, bytes(1, joined([bytes(1, utf8(tag)), float(2, value)])))]);

function record(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(12 + message.length + 4);
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, masked(frame.subarray(0, 8)), true);
  frame.set(message, 12);
  view.setUint32(12 + message.length, masked(message), true);
  return frame;
}

const tagOf = (kind: string, task: string, name: string): string =>
  [kind, task, name]
    .filter((part) => part !== "")
    .join("/")
    .replaceAll(" ", "_");

/** All numbers of a run as scalars named kind/task/name. `seconds`: the time of the file since 1970; the run's steps keep no times. */
export function tensorboardFile(metrics: MetricsFile, seconds: number): Uint8Array {
  const scalars = metricsRows(metrics).map(([step, kind, task, name, value]) =>
    scalarEvent(seconds, step, tagOf(kind, task, name), value),
  );
  const version = joined([double(1, seconds), bytes(3, utf8("brain.Event:2"))]);
  return joined([version, ...scalars].map(record));
}

export const tensorboard: Exporter = {
  label: "TensorBoard events",
  help: "Losses and metrics as scalars by step: tensorboard --logdir FOLDER.",
  files: async ({ record }) => {
    const seconds = Math.floor(Date.now() / 1000);
    const file = tensorboardFile(record.metrics(), seconds);
    return [{ path: `tensorboard/events.out.tfevents.${seconds}.ditask-studio`, mime: BINARY, bytes: file }];
  },
};
