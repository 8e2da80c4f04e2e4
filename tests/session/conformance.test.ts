/** The conformance command as a user runs it, and the self-test of the page. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSession } from "./open";

const command = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/cli.mjs", "conformance", ...args], {
    encoding: "utf8",
  });
  return { status, lines: stdout.trim().split("\n"), stderr };
};

/** A copy of one public case whose index says otherwise of one value. */
function brokenFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const index = JSON.parse(readFileSync("tests/golden/index.json", "utf8"));
  const entry = index.cases.find(({ name }: { name: string }) => name === "loss_sal");
  entry.values.loss[1] *= 1 + 1e-3;
  const unknown = { ...entry, name: "wavelet_haar" };
  writeFileSync(join(folder, "index.json"), JSON.stringify({ format: 1, cases: [entry, unknown] }));
  copyFileSync("tests/golden/loss_sal.safetensors", join(folder, "loss_sal.safetensors"));
  return folder;
}

describe("npm run conformance", () => {
  it("prints a row a case and the sum; exit code 0 where all pass", () => {
    const { status, lines } = command(["tests/golden", "--device", "wasm", "--case", "{loss_sal,optim}*"]);
    expect(lines.map((line) => line.split(/\s+/, 2).join(" "))).toEqual([
      "ok loss_sal",
      "ok loss_sal_255",
      "ok optim_adamw",
      "3 passed,",
    ]);
    expect(lines.at(-1)).toBe("3 passed, 0 failed");
    expect(status).toBe(0);
  });

  it("exit code 1 and the name of what failed, as rows and as JSON", () => {
    const folder = brokenFolder();
    const rows = command([folder, "--device", "wasm"]);
    expect(rows.status).toBe(1);
    expect(rows.lines[0]).toMatch(/^FAILED loss_sal .*loss 1\.0e-3 > 1\.0e-5 at values\.loss\[1\]/);
    expect(rows.lines[1]).toMatch(/^FAILED wavelet_haar .*unknown kind/);
    expect(rows.lines[2]).toBe("0 passed, 2 failed");
    const json = command([folder, "--device", "wasm", "--json"]);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.lines.join("\n"))).toMatchObject({
      passed: 0,
      failed: 2,
      cases: [{ name: "loss_sal" }, {}],
    });
  });

  it("says what is wrong where nothing can run", () => {
    const folder = mkdtempSync(join(tmpdir(), "conformance-"));
    const none = command([folder]);
    expect([none.status, none.stderr]).toEqual([1, expect.stringMatching(/index\.json cannot be read/)]);
    const device = command(["tests/golden", "--device", "gpu"]);
    expect([device.status, device.stderr]).toEqual([1, expect.stringMatching(/--device gpu: unknown; known: auto/)]);
    const name = command(["tests/golden", "--device", "wasm", "--case", "nothing"]);
    expect([name.status, name.stderr]).toEqual([1, expect.stringMatching(/No case of .* is named nothing/)]);
  });
});

describe("npm run conformance -- --step", () => {
  const micro = ["--step", "--preset", "micro"];

  it("prints a row an operation, the worst first, and the sum; the configuration is finetune's", () => {
    const { status, lines } = command([...micro, "--device", "wasm", "--set", 'tasks=["sal"]']);
    expect(lines[0]).toMatch(/^\| Operation +\| Compared \| Failed \| Largest error \| Allowed/);
    const rows = lines.slice(2, -1).map((line) => line.split("|").map((cell) => cell.trim()));
    expect(rows.map(([, op]) => op)).toEqual(expect.arrayContaining(["matmul", "balancedBceGrad", "adamw", "update"]));
    const shares = rows.map((row) => Number(row[4]) / Number(row[5])).filter((share) => !Number.isNaN(share));
    // Errors are printed with two digits.
    expect(Math.max(...shares)).toBeLessThanOrEqual(1.1 * shares[0]!);
    expect(lines.at(-1)).toMatch(
      /^ONNX Runtime wasm, .* against TensorFlow\.js .*, cpu: \d+ operations passed, 0 failed$/,
    );
    expect(status).toBe(0);
  });

  it("has exit code 1 and says why where nothing can be compared", () => {
    const json = command([...micro, "--device", "tf", "--against", "tf", "--json"]);
    expect([json.status, json.stderr]).toEqual([1, expect.stringMatching(/"tf" would be compared with itself/)]);
    const unknown = command([...micro, "--against", "cpu"]);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringMatching(/--against cpu: .*auto/)]);
    const folder = command([...micro, "tests/golden"]);
    expect([folder.status, folder.stderr]).toEqual([1, expect.stringMatching(/--step takes no directory/)]);
  });
});

describe("the self-test of the page", () => {
  it("tells after every case what it found, and leaves the session as it was", async () => {
    const { session, events, of, send } = await openSession();
    await send({ type: "diagnose", device: "wasm" });
    const told = of("diagnosis");
    const [last] = told.slice(-1);
    expect(told.map(({ cases }) => cases.length)).toEqual(Array.from({ length: last!.total + 1 }, (_, i) => i));
    expect(last!.device).toMatch(/ONNX Runtime wasm/);
    expect(last!.cases.filter(({ passed }) => !passed)).toEqual([]);
    expect(events.filter(({ type }) => type === "failed" || type === "state")).toEqual([]);
    await session.dispose();
  });

  it("tells why a device cannot be checked", async () => {
    const { session, of, send } = await openSession();
    await send({ type: "diagnose", device: "webgl" });
    expect(of("diagnosis")).toMatchObject([{ total: 0, cases: [] }]);
    expect(of("diagnosis")[0]!.problem).toMatch(/"webgl" cannot run/);
    await session.dispose();
  });
});
