/** Files of the library that are read on after they were deleted. */
import { describe, expect, it } from "vitest";
import { storedSource } from "../../src/runtime/platform/storage";
import { storedFileSource, takeIn } from "../../src/runtime/session/storedSource";
import { memoryStore } from "../session/memoryStore";

const bytes = Uint8Array.from({ length: 50 }, (_, i) => i);

async function kept() {
  const store = memoryStore();
  await store.write("data/a/0.bin", bytes);
  return { store, source: storedFileSource(await storedSource(store, "data/a/0.bin", "rooms.zip")) };
}

describe("a stored source", () => {
  it("reads from the store until it is taken in, and then the same bytes without it", async () => {
    const { store, source } = await kept();
    expect([source.name, source.size]).toEqual(["rooms.zip", 50]);
    expect(await source.read(3, 4)).toEqual(bytes.slice(3, 7));
    const [blob] = await takeIn([source]);
    await store.remove("data/a/0.bin");
    expect(await source.read(0, 50)).toEqual(bytes);
    expect(new Uint8Array(await blob!.arrayBuffer())).toEqual(bytes);
    expect(await source.takeIn()).toBe(blob);
    await expect(source.read(49, 2)).rejects.toThrow("rooms.zip");
  });

  it("is left where it is when all together are too large, which says what to do", async () => {
    const { store, source } = await kept();
    await expect(takeIn([source, source], 99)).rejects.toThrow(
      "rooms.zip is open and read from the copy that is to be deleted: 100 bytes, of which at most 99 are held in memory. " +
        "Nothing was deleted. Reload the page, then delete it.",
    );
    await store.remove("data/a/0.bin");
    await expect(source.read(0, 1)).rejects.toThrow("has changed or gone");
  });

  it("that is gone before it is taken in keeps nobody from deleting the rest", async () => {
    const { store, source } = await kept();
    await store.remove("data/a/0.bin");
    expect(await takeIn([source])).toEqual([undefined]);
    await expect(source.read(0, 1)).rejects.toThrow("has changed or gone");
  });
});
