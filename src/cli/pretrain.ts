/** npm run pretrain -- [options]: makes the embedded backbone. Without options: exactly the run behind public/models/swin-embedded.safetensors. */
import { parseArgs } from "node:util";
import { pretrainHost } from "../runtime/session/node/pretrainHost";
import type { PretrainOptions } from "../runtime/studies/pretrain/options";
import { pretrain } from "../runtime/studies/pretrain/pretrain";

const defaults: PretrainOptions = {
  backbone: "embedded",
  steps: 4000,
  batch: 64,
  seed: 1,
  scenes: 20000,
  firstScenes: 2000,
  freshPerStep: 12,
  grid: 16,
  hidden: 128,
  learningRate: 1.5e-3,
  weightDecay: 0.05,
  device: "cpu",
  threads: 1,
  checkpoint: ".cache/pretrain/checkpoint.safetensors",
  checkpointEvery: 250,
  out: "public/models/swin-embedded.safetensors",
};

const usage = `npm run pretrain -- [--NAME VALUE ...]

Trains a backbone on the spatial attributes of Scenes. Ctrl-C saves a checkpoint; the same command goes on from it.
${Object.entries(defaults)
  .map(([name, value]) => `  --${name} ${value}`)
  .join("\n")}`;

function readOptions(): PretrainOptions {
  const options: Record<string, { type: "string" | "boolean" }> = { help: { type: "boolean" } };
  for (const name of Object.keys(defaults)) options[name] = { type: "string" };
  const { help, ...values } = parseArgs({ options, strict: true }).values;
  if (help) {
    console.log(usage);
    process.exit(0);
  }
  const given = Object.entries(values).map(([name, text]) => {
    const isNumber = typeof defaults[name as keyof PretrainOptions] === "number";
    if (isNumber && !Number.isFinite(Number(text))) throw new Error(`--${name} needs a number; "${text}" came.`);
    return [name, isNumber ? Number(text) : text];
  });
  return { ...defaults, ...Object.fromEntries(given) };
}

try {
  let stop = false;
  process.on("SIGINT", () => {
    if (stop) process.exit(130);
    stop = true;
  });
  const finished = await pretrain(
    await pretrainHost(),
    readOptions(),
    ({ step, loss, validation, imagesPerSecond }) => {
      const checked = validation
        ? `  validation ${Object.entries(validation)
            .map(([name, value]) => `${name} ${value.toFixed(4)}`)
            .join("  ")}`
        : "";
      console.log(`step ${step}  loss ${loss.toFixed(4)}  ${imagesPerSecond.toFixed(0)} images/s${checked}`);
    },
    () => stop,
  );
  process.exit(finished ? 0 : 130);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
