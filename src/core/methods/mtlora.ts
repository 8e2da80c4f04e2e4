/**
 * MTLoRA (Agiza, Neseem, Reda, "MTLoRA: Low-Rank Adaptation Approach for Efficient Multi-Task Learning", CVPR 2024): every adapted layer
 * has a low-rank term shared by all tasks, and in the last block of each stage one more per task. With x0 the shared stream's input and
 * x_t a task's own (x0 where the tasks part), s the plain scale:
 *
 *   matrix     y0 = W x0 + s B A x0          y_t = W x0 + s B_t A_t x_t
 *   matrixv2   y0 = W x0 + s B A x0          y_t = W x0 + s B A x0 + s B_t A_t x_t
 *   addition   y0 = W x0 + LN(Σ_t y_t)       y_t = W x0 + s B_t A_t x_t;  where no tasks are, as matrix
 *   lora_only  y0 = W x0 + s B A x0          no task terms, one stream for all
 *
 * The frozen W sees the shared stream even where a task has its own: so says the released code. So the shared stream lives to the end,
 * and a task's output of fc1 or fc2 is no linear map of that task's input alone. MTLoRA+ also adapts patch merging, whose own weight is
 * then frozen: name "reduction" among the sites.
 *
 * Where we differ from the released code: no dropout before A (0.05 there), and the shared term of the very last layer, whose output
 * nothing reads, is left out unless `reference` asks for it. Published counts include it.
 * Letters: T tasks, B batch, L tokens.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { addBias, declareBaseLinear, declareLayerNorm, type Layer } from "../nn/layers";
import type { ParameterStore } from "../nn/parameters";
import type { BaseLinear, LinearLayer, LinearSite, MergedLinear, SiteKind } from "../nn/site";
import type { Weights } from "../nn/weights";
import { split } from "../ops/split";
import {
  checkAdapted,
  checkRank,
  declareFactorStack,
  declareFactors,
  type FactorNames,
  type Factors,
  lowRank,
  lowRankStack,
  mergedLowRank,
  rankControl,
} from "./lowRank";
import { isDecoder, type Method, type MethodDef, unfreezeAll } from "./method";
import { neighboursOfEqual, numberOfTask, type PerTask } from "./perTask";
import { plainLinear, plainMerged } from "./plainLinear";
import { fullRates, lowRankRates } from "./rates";
import { blockSites, sitesSetting } from "./sites";

export interface MtloraSettings {
  readonly mode: "matrix" | "matrixv2" | "addition" | "lora_only";
  /** r of the shared terms. */
  readonly rankShared: number;
  /** r of the tasks' terms, for all alike or by task. */
  readonly rankTask: PerTask;
  /** s, plain: not divided by the rank. */
  readonly scale: number;
  readonly sites: readonly SiteKind[];
  /** Keeps the last layer's shared term, though no output depends on it, as the released code does. */
  readonly reference: boolean;
}

/** What one adapted site was given. */
interface SiteTerms {
  readonly site: LinearSite;
  readonly base: BaseLinear;
  shared: Factors | undefined;
  /** Stacks of neighbouring tasks of one rank, in the order of the tasks. */
  tasks: readonly Factors[];
  norm: Layer | undefined;
}

const sharedNames = (site: string): FactorNames => ({ a: `${site}.lora_shared_A`, b: `${site}.lora_shared_B` });
const taskNames = (site: string, task: string): FactorNames => ({
  a: `${site}.lora_tasks_A.${task}`,
  b: `${site}.lora_tasks_B.${task}`,
});

class MtloraAdapter implements Method {
  readonly spectrumSites = [];
  readonly curves = [];
  /** A task's output reads the shared stream, in the last stage too. */
  readonly keepDeadStream = true;
  readonly dead: string[] = [];
  private readonly terms: SiteTerms[] = [];

  constructor(private readonly settings: MtloraSettings) {}

  get taskStreams(): boolean {
    const { mode, sites } = this.settings;
    return mode !== "lora_only" && sites.some((kind) => kind === "proj" || kind === "fc1" || kind === "fc2");
  }

  linear(store: ParameterStore, site: LinearSite): LinearLayer {
    const { sites, rankShared } = this.settings;
    if (!sites.includes(site.kind)) return plainLinear(declareBaseLinear(store, site));
    checkRank("method.settings.rankShared", rankShared, site);
    for (const task of site.output.tasks) checkRank(this.rankField(task), this.rank(task, site), site);
    const base = declareBaseLinear(store, site, true);
    const terms: SiteTerms = { site, base, shared: undefined, tasks: [], norm: undefined };
    this.terms.push(terms);
    return (f, x) => (site.output.tasks.length === 0 ? this.sharedForward(f, x, terms) : this.forward(f, x, terms));
  }

  /** Which shared output is read by nothing is known only here: that of the last adapted site, where tasks have their own. */
  finish(store: ParameterStore): void {
    checkAdapted(this.terms.length, this.settings.sites);
    for (const [i, terms] of this.terms.entries()) {
      const unread = i === this.terms.length - 1 && terms.site.output.tasks.length > 0;
      this.declareShared(store, terms, unread);
      terms.tasks = neighboursOfEqual(terms.site.output.tasks, (task) => this.rank(task, terms.site)).map(
        ([rank, tasks]) =>
          declareFactorStack(
            store,
            terms.site,
            tasks.map((task) => taskNames(terms.site.name, task)),
            rank,
          ),
      );
    }
  }

  merged(weights: Weights, site: LinearSite, stream: string): MergedLinear | undefined {
    const { sites, mode, scale } = this.settings;
    if (!sites.includes(site.kind)) return plainMerged(weights, site);
    const hasTasks = site.output.tasks.length > 0;
    const isTask = hasTasks && stream !== "shared";
    if (isTask && site.input.tasks.length > 0) return undefined;
    if (!isTask && hasTasks && mode === "addition") return undefined;
    const shared = isTask && mode !== "matrixv2" ? [] : [sharedNames(site.name)];
    const terms = [...shared, ...(isTask ? [taskNames(site.name, stream)] : [])];
    const declared = terms.filter(({ a }) => weights.has(a));
    return mergedLowRank(weights, site, declared, scale);
  }

  /** The shared term, or the norm that stands in its place. `unread`: nothing reads the site's shared output. */
  private declareShared(store: ParameterStore, terms: SiteTerms, unread: boolean): void {
    const { site } = terms;
    const { mode, rankShared, reference } = this.settings;
    const dead = unread && mode !== "matrixv2";
    if (dead && !reference) return;
    const asNorm = mode === "addition" && site.output.tasks.length > 0;
    if (asNorm) terms.norm = declareLayerNorm(store, `${site.name}.lora_norm`, site.outSize, "method");
    else terms.shared = declareFactors(store, site, sharedNames(site.name), rankShared);
    const { a, b } = sharedNames(site.name);
    if (dead) this.dead.push(...(asNorm ? ["weight", "bias"].map((end) => `${site.name}.lora_norm.${end}`) : [a, b]));
  }

  private rankField(task: string): string {
    return `method.settings.rankTask${typeof this.settings.rankTask === "number" ? "" : `.${task}`}`;
  }

  private rank(task: string, { output: { tasks } }: LinearSite): number {
    return numberOfTask("method.settings.rankTask", this.settings.rankTask, task, tasks);
  }

  /** x: [S,B,L,in] → [S,B,L,out], every stream by the shared term. */
  private sharedForward(f: Forward, x: Value, { base, shared }: SiteTerms): Value {
    const frozen = addBias(f, f.b.matmul(x, f.value(base.weight), false, true), base);
    return f.b.add(frozen, lowRank(f, x, shared!, this.settings.scale));
  }

  /** x: [1,B,L,in] or [1+T,B,L,in] → [1+T,B,L,out]. */
  private forward(f: Forward, x: Value, { base, shared, tasks, norm, site }: SiteTerms): Value {
    const { b } = f;
    const { mode, scale } = this.settings;
    const count = site.output.tasks.length;
    const [x0, own] = site.input.tasks.length > 0 ? split(b, x, 0, [1, count]) : [x, undefined];
    const frozen = addBias(f, b.matmul(x0!, f.value(base.weight), false, true), base);
    const withShared = shared ? b.add(frozen, lowRank(f, x0!, shared, scale)) : frozen;
    const parts = own
      ? split(
          b,
          own,
          0,
          tasks.map(({ a }) => a.shape[0]!),
        )
      : tasks.map(() => x0!);
    const terms = b.concat(
      tasks.map((factors, i) => lowRankStack(f, parts[i]!, factors, scale)),
      0,
    );
    const outputs = b.add(mode === "matrixv2" ? withShared : frozen, terms);
    const first = norm ? b.add(frozen, norm(f, b.sum(outputs, [0], true))) : withShared;
    return b.concat([first, outputs], 0);
  }
}

export const mtlora: MethodDef<MtloraSettings> = {
  id: "mtlora",
  label: "MTLoRA",
  about:
    "Adds low-rank updates: one shared by all tasks and, in the last block of each stage, one per task. With patch merging among its layers it is MTLoRA+.",
  family: "Low rank",
  source: "Agiza et al., CVPR 2024",
  defaults: { mode: "matrix", rankShared: 16, rankTask: 4, scale: 4, sites: blockSites, reference: false },
  settings: [
    {
      key: "mode",
      kind: "choice",
      label: "Mode",
      help: "How the shared and the tasks' updates meet in the last block of each stage.",
      choices: [
        { id: "matrix", label: "matrix", help: "A task's output has its own update alone. The published setting." },
        { id: "matrixv2", label: "matrixv2", help: "A task's output has the shared update and its own." },
        {
          id: "addition",
          label: "addition",
          help: "The shared update is a layer norm of the tasks' summed outputs. It does not start as the pretrained model.",
        },
        { id: "lora_only", label: "lora_only", help: "Only the shared update; all tasks see the same features." },
      ],
    },
    {
      key: "rankShared",
      label: "Rank, shared",
      help: "How many directions the shared update of a weight may have, at most the smaller side of any adapted layer. r; 16, 32 and 64 are published.",
      ...rankControl,
    },
    {
      key: "rankTask",
      perTask: true,
      label: "Rank, tasks",
      help: "How many directions the update of a task may have. r; 4 is published.",
      ...rankControl,
    },
    {
      ...sitesSetting(),
      help: "Which linear layers get updates. Patch merging among them makes MTLoRA+: its own weight is then frozen.",
      advanced: false,
    },
    {
      key: "scale",
      kind: "number",
      label: "Scale",
      help: "How strongly every update counts. It is not divided by the rank.",
      advanced: true,
      min: 0.01,
      max: 100,
      step: 0.01,
      unit: "",
      logarithmic: true,
      integer: false,
    },
    {
      key: "reference",
      kind: "flag",
      label: "Keep unused update",
      help: "Counts parameters as the released code does, with an update that no output depends on. It is the shared one of the very last layer.",
      advanced: true,
    },
  ],
  unfreeze: unfreezeAll,
  rates: { ...lowRankRates, ...fullRates },
  trains: ({ group }) => group === "method" || isDecoder(group),
  startsNeutral: ({ mode }) => mode !== "addition",
  create: (settings) => new MtloraAdapter(settings),
};
