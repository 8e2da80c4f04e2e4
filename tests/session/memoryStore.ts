/** A store in memory, for tests of what is kept in one. */
import { joined } from "../../src/core/io/bytes";
import { byName, checkName, type Parts, type Store } from "../../src/runtime/platform/storage";

async function gathered(parts: Parts): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const part of parts) pieces.push(part.slice());
  return joined(pieces);
}

/** Lives as long as the program. */
export function memoryStore(now: () => number = Date.now): Store {
  const kept = new Map<string, { readonly data: Uint8Array; readonly changed: number }>();
  return {
    list: async () => byName([...kept].map(([name, { data, changed }]) => ({ name, bytes: data.length, changed }))),
    read: async (name, from, to) => kept.get(checkName(name))?.data.slice(from, to),
    write: async (name, bytes) => void kept.set(checkName(name), { data: bytes.slice(), changed: now() }),
    async append(name, bytes) {
      const before = kept.get(checkName(name))?.data ?? new Uint8Array(0);
      kept.set(name, { data: joined([before, bytes]), changed: now() });
    },
    async writeParts(name, parts) {
      const data = await gathered(parts);
      kept.set(checkName(name), { data, changed: now() });
      return data.length;
    },
    remove: async (name) => void kept.delete(checkName(name)),
    estimate: async () => undefined,
  };
}
