import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { Sha256, sha256, sha256OfArray } from "../../src/core/math/hash";

it("gives the digests of FIPS 180-4's examples", () => {
  expect(sha256(new TextEncoder().encode("abc"))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(sha256(new Uint8Array())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

it("agrees with the platform's digest at every length around the padding's borders", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 197 + length) & 0xff);
    expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

it("hashes the bytes that a typed array shows, not its whole buffer", () => {
  const whole = Float32Array.of(1, 2, 3, 4);
  expect(sha256OfArray(whole.subarray(1, 3))).toBe(sha256OfArray(Float32Array.of(2, 3)));
});

it("gives the same digest however the bytes come in pieces", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 31) & 0xff);
  for (const size of [1, 7, 63, 64, 65, 128, 299, 300]) {
    const hash = new Sha256();
    for (let at = 0; at < bytes.length; at += size) hash.add(bytes.subarray(at, at + size));
    expect(hash.digest()).toBe(sha256(bytes));
  }
});
