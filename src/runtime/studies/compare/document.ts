/** docs/comparison.md: written anew from the results, but for the reading between its marks, which a person writes. */

import { findContestants, REFERENCE } from "../../products/catalogue/contestants";
import { augmentText } from "../../products/pictures/augmentText";
import type { Comparison } from "./plan";
import type { Summary } from "./summary";
import { costTable, mainTable, pairTable } from "./tables";

const BEGIN = "<!-- reading: written by hand, kept when this file is made again -->";
const END = "<!-- end of the reading -->";

/** What stands between the marks of an earlier file; undefined where there are none. */
export function readingOf(earlier: string): string | undefined {
  const from = earlier.indexOf(BEGIN);
  const to = earlier.indexOf(END);
  return from < 0 || to < from ? undefined : earlier.slice(from + BEGIN.length, to).trim();
}

function howItWasMade({ base, seeds, factors, budget, choosing, backboneHash }: Comparison, device: string): string[] {
  const { data, training, backbone, tasks } = base;
  const changes = augmentText(data.augment);
  const length = "steps" in budget ? `${budget.steps} optimiser steps` : `${budget.seconds} s of training steps`;
  const schedule = `warm-up over ${100 * training.warmupFraction} % of the run and a cosine to ${100 * training.finalFraction} % of the peak`;
  return [
    `Every run: backbone \`${backbone}\` (SHA-256 ${backboneHash.slice(0, 16)}…), tasks ${tasks.join(", ")}, decoders \`${base.decoder}\`, ${length} of ${training.batchSize * training.accumulate} images, AdamW with ${schedule}, weight decay ${training.weightDecay}, gradients clipped at ${training.clipNorm}. The decoders' peak rate is ${training.learningRate.decoders} for all.`,
    `Data: ${data.source}, ${data.train} training images, the same for every run${changes && `, ${changes}`}; ${data.val} other images for the numbers below; ${choosing} further ones, in neither set, for choosing rates.`,
    `Rates: each model was trained with seed 0 at its own rates times ${factors.join(", ")}; the factor that gained most on the choosing images, averaged over the tasks, was taken for all seeds. Single-task models choose theirs one by one. A star marks a factor at the end of the sweep: a better one may lie beyond. Decoders alone have nothing to sweep.`,
    `Seeds 0 to ${seeds - 1} decide the decoders' start, the method's start and the order and the random changes of images. ± is the standard deviation over seeds: it says how far one run lies from the next, not how sure the mean is, and it holds nothing of other images, other backbones or longer training.`,
    `Δm = (100/T) Σ ±(M − M_single) / M_single over the T tasks, M_single being the mean over the seeds of the row "${findContestants([REFERENCE])[0]!.label}".`,
    `Time: on ${device}; of one step, of all models together where a method has several, each timed after the runs with nothing else running; † marks a median of the runs themselves, which may have shared the machine. The memory is what one step holds on WebGPU by the plan, not a measurement.`,
  ];
}

const notes = ({ rows }: Summary): string => rows.map(({ label, note }) => `* **${label}.** ${note}`).join("\n");

const missingText = ({ missing }: Summary): string =>
  missing.length === 0 ? "" : `\nWithout a row: ${missing.map((m) => `${m.label} (${m.reason})`).join("; ")}.\n`;

/** `picture`: the figure's file name beside the document; `earlier`: the document as it was. */
export function comparisonDocument(
  summary: Summary,
  comparison: Comparison,
  { command, picture, earlier }: { readonly command: string; readonly picture?: string; readonly earlier: string },
): string {
  const reading = readingOf(earlier) ?? "";
  const reference = findContestants([REFERENCE])[0]!.label;
  return `# Methods side by side

Made by the command below from its results; the reading is written by hand.

\`\`\`
${command}
\`\`\`

${BEGIN}

${reading}

${END}

## Results

${mainTable(summary)}
${missingText(summary)}
${picture ? `![Δm against the trained parameters of the backbone](${picture})\n\nΔm against the trained parameters of the backbone; bars are one standard deviation over the seeds; DiTASK's rows are orange. Above 0 is better than ${reference}.` : ""}

## Two rows against each other

Differences seed by seed, in percentage points of Δm.

${pairTable(summary)}

## What it costs

${costTable(summary)}

## The rows

${notes(summary)}

## How it was made

${howItWasMade(comparison, summary.device)
  .map((item) => `* ${item}`)
  .join("\n")}
`;
}
