/** npm run pretrain -- [options]: makes the embedded backbone. Without options: exactly the run behind public/models/swin-embedded.safetensors. */
import { pretrainHost } from "../runtime/session/node/pretrainHost";
import type { PretrainOptions } from "../runtime/studies/pretrain/options";
import { pretrain } from "../runtime/studies/pretrain/pretrain";
import { type Command, type Given, numeric, type Option, runCommand, text } from "./lib/commandLine";

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

const isNumber = (name: string): boolean => typeof defaults[name as keyof PretrainOptions] === "number";
const options = Object.entries(defaults).map(([name, standard]): [string, Option] => [
  name,
  { value: isNumber(name) ? numeric : text("TEXT"), help: "", default: String(standard) },
]);
const command: Command = {
  name: "pretrain",
  about:
    "Trains a backbone on the spatial attributes of Scenes. Ctrl-C saves a checkpoint; the same command goes on from it.",
  options: Object.fromEntries(options),
};

async function run(given: Given): Promise<number> {
  let stop = false;
  process.on("SIGINT", () => {
    if (stop) process.exit(130);
    stop = true;
  });
  const read = Object.entries(given).map(([name, value]) => [name, isNumber(name) ? Number(value) : value]);
  const finished = await pretrain(
    await pretrainHost(),
    Object.fromEntries(read) as PretrainOptions,
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
  return finished ? 0 : 130;
}

await runCommand(command, run, () => 1);
