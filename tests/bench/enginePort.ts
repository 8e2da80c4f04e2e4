/** A contestant as the parent sees it: a process that answers one order at a time. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { blockData, weightShapes } from "./block/problem";
import type { BlockSize, Message, Order, Spec } from "./contestant";

export interface EnginePort {
  readonly engine: string;
  step(): Promise<{ readonly ms: number; readonly loss: number }>;
  report(): Promise<Extract<Message, { type: "report" }>>;
  close(): void;
}

interface Line {
  readonly child: ChildProcess;
  write(order: Order): void;
  listen(onMessage: (message: Message) => void): void;
}

/** Opens a process; rejects where the process fails before it is ready, and fails a pending order where it dies. */
async function openClient(
  { child, write, listen }: Line,
  startLimitMs: number,
  stepLimitMs: number,
): Promise<EnginePort> {
  let settle: { resolve(message: Message): void; reject(error: Error): void } | undefined;
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = (errors + String(chunk)).slice(-2000);
  });
  const next = (limitMs: number): Promise<Message> =>
    new Promise<Message>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`no answer within ${Math.round(limitMs / 1000)} s`));
      }, limitMs);
      settle = {
        resolve: (message) => {
          clearTimeout(late);
          if (message.type === "failed") reject(new Error(message.message));
          else resolve(message);
        },
        reject: (error) => {
          clearTimeout(late);
          reject(error);
        },
      };
    });
  listen((message) => settle?.resolve(message));
  child.on("exit", (code) => {
    const lastLine = errors.trim().split("\n").at(-1);
    settle?.reject(new Error(`its process ended with code ${code}${lastLine ? `: ${lastLine}` : ""}`));
  });
  const ready = (await next(startLimitMs)) as Extract<Message, { type: "ready" }>;
  const ask = async <T extends Message["type"]>(order: Order): Promise<Extract<Message, { type: T }>> => {
    const answer = next(stepLimitMs);
    write(order);
    return (await answer) as Extract<Message, { type: T }>;
  };
  return {
    engine: ready.engine,
    step: () => ask<"step">("step"),
    report: () => ask<"report">("report"),
    close: () => child.kill("SIGKILL"),
  };
}

const startLimitMs = 300_000;
const stepLimitMs = 600_000;

/** The bundle of worker.ts lies beside the one of this file. */
const workerFile = fileURLToPath(new URL("./worker.js", import.meta.url));

export function openWorker(spec: Spec): Promise<EnginePort> {
  const child = fork(workerFile, [JSON.stringify(spec)], { silent: true, serialization: "json" });
  child.stdout?.resume();
  const line: Line = {
    child,
    write: (order) => child.send(order),
    listen: (onMessage) => child.on("message", (message) => onMessage(message as Message)),
  };
  return openClient(line, startLimitMs, stepLimitMs);
}

/** Eager PyTorch, where the system's Python has it. */
export async function openTorch(script: string, size: BlockSize, threads: number): Promise<EnginePort> {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const file = join(folder, "numbers.f32");
  const { x, target, weights } = blockData(size);
  const arrays = [x, target, ...Object.values(weights)];
  writeFileSync(file, Buffer.concat(arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))));
  const child = spawn("/usr/bin/python3", [script], { stdio: ["pipe", "pipe", "pipe"] });
  child.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const line: Line = {
    child,
    write: (order) => child.stdin.write(`${order}\n`),
    listen: (onMessage) => lines.on("line", (text) => onMessage(JSON.parse(text) as Message)),
  };
  child.stdin.on("error", () => {});
  child.stdin.write(`${JSON.stringify({ size, threads, file, shapes: Object.entries(weightShapes(size)) })}\n`);
  try {
    return await openClient(line, startLimitMs, stepLimitMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
