/**
 * What bottleneck adapters share: behind a site's output y stands y + up(GELU(down(y))), with `down` and `up` linear maps C → r → C
 * that start at up = 0. Each adapted stream has maps of its own.
 * Letters: S streams of the site's output, A adapted ones, B batch, L tokens, C channels, r bottleneck.
 */
import type { Value } from "../graph/node";
import type { Forward } from "../nn/forward";
import { declareBaseLinear } from "../nn/layers";
import { type ParameterSpec, type ParameterStore, zeros } from "../nn/parameters";
import type { LinearSite, MergedLinear, SiteKind } from "../nn/site";
import type { Weights } from "../nn/weights";
import { gelu } from "../ops/gelu";
import { split } from "../ops/split";
import type { Method, MethodSetting } from "./method";
import { plainLinear, plainMerged } from "./plainLinear";
import { type AdaptedStreams, adaptedStreams, type StreamsChoice } from "./streams";

export interface BottleneckSettings {
  /** rho: r = C / rho, rounded up. */
  readonly reduction: number;
  /** Which streams have bottlenecks; the others keep the frozen layer. */
  readonly streams: StreamsChoice;
  /** proj: behind the attention, fc2: behind the MLP. */
  readonly sites: readonly SiteKind[];
}

/** How a method holds the weights of its maps. */
export interface MapRule {
  /** r at a site C channels wide. @throws where the site's width does not suit the method. */
  bottleneck(site: LinearSite): number;
  /**
   * Declares the weight of a map once for each of the names, which are prefixes of parameter names; returns what writes the stack of
   * them, [A,out,in]. `zero`: the map starts at 0.
   */
  weight(
    store: ParameterStore,
    names: readonly string[],
    size: { readonly inSize: number; readonly outSize: number },
    zero: boolean,
  ): (f: Forward) => Value;
}

/** A method that puts bottlenecks behind sites, with weights held by `rule`; `word` stands in its parameters' names. */
export class BottleneckAdapter implements Method {
  readonly keepDeadStream = false;
  readonly spectrumSites = [];
  readonly curves = [];
  private adapted = 0;

  constructor(
    private readonly settings: BottleneckSettings,
    private readonly rule: MapRule,
    private readonly word: string,
  ) {}

  get taskStreams(): boolean {
    return this.settings.streams !== "shared";
  }

  linear(store: ParameterStore, site: LinearSite) {
    const plain = plainLinear(declareBaseLinear(store, site));
    const streams = this.streams(site);
    if (streams.names.length === 0) return plain;
    this.adapted++;
    const bottleneck = this.declare(store, site, streams.names);
    return (f: Forward, x: Value): Value => behind(f, plain(f, x), streams, bottleneck);
  }

  finish(): void {
    if (this.adapted === 0)
      throw new Error(
        `method.settings.sites is [${this.settings.sites.join(", ")}]; allowed: proj, fc2, or both. Name where adapters stand.`,
      );
  }

  merged(weights: Weights, site: LinearSite): MergedLinear | undefined {
    return this.streams(site).names.length === 0 ? plainMerged(weights, site) : undefined;
  }

  private streams(site: LinearSite): AdaptedStreams {
    const { sites, streams } = this.settings;
    return sites.includes(site.kind) ? adaptedStreams(site, streams) : { names: [], plainFirst: false };
  }

  /** Returns y: [1,B,L,C] or [A,B,L,C] → [A,B,L,C]. */
  private declare(store: ParameterStore, site: LinearSite, streams: readonly string[]): BottleneckLayer {
    const width = site.outSize;
    const r = this.rule.bottleneck(site);
    const names = streams.map((stream) => `${site.name}.${this.word}.${stream}`);
    const down = declareMap(store, this.rule, `${site.name}.${this.word}.down`, {
      names: names.map((name) => `${name}.down`),
      size: { inSize: width, outSize: r },
      zero: false,
    });
    const up = declareMap(store, this.rule, `${site.name}.${this.word}.up`, {
      names: names.map((name) => `${name}.up`),
      size: { inSize: r, outSize: width },
      zero: true,
    });
    return (f, y) => {
      const [inputs, batch, tokens] = y.shape as [number, number, number];
      const rows = inputs === 1 ? [batch * tokens, width] : [inputs, batch * tokens, width];
      const added = up(f, gelu(f.b, down(f, f.b.reshape(y, rows))));
      return f.b.add(y, f.b.reshape(added, [streams.length, batch, tokens, width]));
    };
  }
}

type BottleneckLayer = (f: Forward, y: Value) => Value;

/** y: [1,B,L,C] for all streams alike or [S,B,L,C] → [S,B,L,C]; the first stream stays as it is where it is not adapted. */
function behind(f: Forward, y: Value, { names, plainFirst }: AdaptedStreams, bottleneck: BottleneckLayer): Value {
  if (!plainFirst) return bottleneck(f, y);
  const [first, rest] = y.shape[0] === 1 ? [y, y] : (split(f.b, y, 0, [1, names.length]) as [Value, Value]);
  return f.b.concat([first, bottleneck(f, rest)], 0);
}

interface MapPlace {
  readonly names: readonly string[];
  readonly size: { readonly inSize: number; readonly outSize: number };
  readonly zero: boolean;
}

/** Declares maps of one size; returns x: [N,in] for all alike or [A,N,in] → [A,N,out]. */
function declareMap(store: ParameterStore, rule: MapRule, slot: string, { names, size, zero }: MapPlace) {
  const weight = rule.weight(store, names, size, zero);
  const bias = store.declareStack(
    `${slot}.bias`,
    names.map((name): ParameterSpec => ({ name: `${name}.bias`, shape: [size.outSize], group: "method", init: zeros })),
  );
  return (f: Forward, x: Value): Value => {
    const product = f.b.matmul(x, weight(f), false, true);
    return f.b.add(product, f.b.reshape(f.value(bias), [names.length, 1, size.outSize]));
  };
}

/** The controls that bottleneck methods have in common. */
export const bottleneckSettings = {
  reduction: {
    key: "reduction",
    kind: "number",
    label: "Reduction",
    help: "A bottleneck is this many times narrower than the layer that it stands behind.",
    min: 1,
    max: 256,
    step: 1,
    unit: "times",
    logarithmic: true,
    integer: true,
  },
  sites: {
    key: "sites",
    kind: "choices",
    label: "Placed behind",
    help: "Where bottlenecks stand in a block. Behind the MLP alone is Compacter++.",
    choices: [
      { id: "proj", label: "attention", help: "Behind the attention's last map, before the residual." },
      { id: "fc2", label: "MLP", help: "Behind the MLP's last map, before the residual." },
    ],
  },
} as const satisfies Record<string, MethodSetting>;

/** r = C / rho, rounded up to a multiple of `multiple`. */
export const bottleneckWidth = ({ outSize }: LinearSite, reduction: number, multiple = 1): number =>
  multiple * Math.ceil(outSize / reduction / multiple);
