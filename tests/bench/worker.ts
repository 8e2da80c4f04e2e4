/** The process of one contestant: opens it, then takes a step or reports for every order of the parent. */
import type { Contestant, Message, Order, Spec } from "./contestant";

async function open(spec: Spec): Promise<Contestant> {
  if (spec.kind === "step") {
    const { openStep } = await import("./step/model");
    return openStep(spec.device, spec.preset, spec.threads);
  }
  const { engine, size, threads } = spec;
  if (engine === "tfjs-webgpu" || engine === "tfjs-wasm") {
    const { openTfjs } = await import("./block/tfjs");
    return openTfjs(engine === "tfjs-wasm" ? "wasm" : "webgpu", size);
  }
  if (engine === "jax-webgpu" || engine === "jax-wasm") {
    const { openJax } = await import("./block/jax");
    return openJax(engine === "jax-wasm" ? "wasm" : "webgpu", size);
  }
  const { openOurs } = await import("./block/ours");
  return openOurs(engine, size, threads);
}

const send = (message: Message): boolean => process.send!(message);

async function obey(contestant: Contestant, order: Order): Promise<Message> {
  if (order === "report") {
    const norms = (await contestant.gradientNorms?.()) ?? {};
    return { type: "report", norms, figures: contestant.figures?.() ?? {} };
  }
  const start = performance.now();
  const loss = await contestant.step();
  return { type: "step", ms: performance.now() - start, loss };
}

const fail = (error: unknown): void => {
  send({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
};
process.on("unhandledRejection", fail);
process.on("disconnect", () => process.exit(0));
try {
  const contestant = await open(JSON.parse(process.argv[2]!) as Spec);
  process.on("message", (order: Order) => void obey(contestant, order).then(send, fail));
  send({ type: "ready", engine: contestant.engine });
} catch (error) {
  fail(error);
}
