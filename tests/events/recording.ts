/** Event logs of the real session as one JSON file: what was asked, what was told, and their arrays, each once and deflated. */
import { unzlibSync, zlibSync } from "fflate";
import type { Command } from "../../src/contracts/command";
import type { RunEvent } from "../../src/contracts/runEvent";

/** A command, and what was told until the next one was sent. */
export interface Exchange {
  readonly command: Command;
  readonly events: readonly RunEvent[];
}

export interface Scenario {
  /** Before the first command: the catalogue. */
  readonly opening: readonly RunEvent[];
  readonly exchanges: readonly Exchange[];
}

export type Recording = Readonly<Record<string, Scenario>>;

interface Packed {
  /** Deflated arrays in base64; scenarios refer to them by their place. */
  readonly arrays: readonly string[];
  readonly scenarios: unknown;
}

const kinds = { f32: Float32Array, f64: Float64Array, u8: Uint8Array, u8c: Uint8ClampedArray } as const;
type Kind = keyof typeof kinds;

const kindOf = (value: unknown): Kind | undefined =>
  (Object.keys(kinds) as Kind[]).find((kind) => value instanceof kinds[kind]);

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

export function pack(recording: Recording): string {
  const arrays: string[] = [];
  const places = new Map<string, number>();
  const placeOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): number => {
    const text = toBase64(zlibSync(new Uint8Array(buffer, byteOffset, byteLength), { level: 9 }));
    const place = places.get(text) ?? arrays.push(text) - 1;
    places.set(text, place);
    return place;
  };
  const scenarios = JSON.parse(
    JSON.stringify(recording, (_key, value: unknown) => {
      const kind = kindOf(value);
      return kind ? { [`$${kind}`]: placeOf(value as ArrayBufferView) } : value;
    }),
  );
  return `${JSON.stringify({ arrays, scenarios } satisfies Packed)}\n`;
}

export function unpack(text: string): Recording {
  const { arrays, scenarios } = JSON.parse(text) as Packed;
  const arrayOf = (kind: Kind, place: number) => new kinds[kind](unzlibSync(fromBase64(arrays[place]!)).buffer);
  return JSON.parse(JSON.stringify(scenarios), (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    const [key, ...others] = Object.keys(value);
    const kind = key?.startsWith("$") && others.length === 0 ? (key.slice(1) as Kind) : undefined;
    return kind && kind in kinds ? arrayOf(kind, (value as Record<string, number>)[key!]!) : value;
  }) as Recording;
}
