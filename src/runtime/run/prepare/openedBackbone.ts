/** A backbone from the user's own files: recognised, compared with the model that it would fill, its parameters still in the files. */
import type { ByteSource } from "../../../contracts/byteSource";
import type { ImportReport } from "../../../contracts/importReport";
import type { BackboneDef } from "../../../core/backbones/backbone";
import { type ImportPlan, planImport, refuseUnfit } from "../../../core/checkpoint/importPlan";
import { openWeights } from "../../../core/checkpoint/openWeights";
import { backboneOf, type Recognised, recognise } from "../../../core/checkpoint/recognise";
import type { ReadableTensors } from "../../../core/checkpoint/weightsTensors";
import { piecesOf } from "../../../core/io/bytes";
import { Sha256 } from "../../../core/math/hash";
import { buildModel } from "../../../core/model/model";

/** What RunConfig.backbone says of it. */
export const FILE_BACKBONE = "file";

export interface OpenedBackbone {
  /** The names of the files. */
  readonly name: string;
  readonly backbone: BackboneDef<object>;
  readonly recognised: Recognised;
  readonly tensors: ReadableTensors;
  /** For images and windows of the size that the file was made for. */
  readonly report: ImportReport;
  readonly sources: readonly ByteSource[];
  /** SHA-256 over the bytes of all files: reads them, once. */
  identity(): Promise<string>;
}

/** @throws where the files cannot be read, hold no known backbone, or do not fill it; nothing that was opened before is lost. */
export async function openBackbone(sources: readonly ByteSource[]): Promise<OpenedBackbone> {
  const { problem, ...opened } = await compareWeights(sources);
  if (problem !== "") throw new Error(problem);
  return opened;
}

/**
 * `problem`: why the files do not fill their backbone; empty where they do.
 * @throws where they cannot be read or hold no known backbone.
 */
export async function compareWeights(
  sources: readonly ByteSource[],
): Promise<OpenedBackbone & { readonly problem: string }> {
  const { tensors, notes } = await openWeights(sources);
  const found = recognise(tensors);
  const recognised = { ...found, notes: [...found.notes, ...notes] };
  const backbone = backboneOf(recognised, FILE_BACKBONE);
  const { layout } = buildModel({ backbone, method: { id: "full" }, tasks: [{ id: "sal" }] });
  const plan = planImport(layout.parameters, recognised, tensors);
  const name = sources.map((source) => source.name).join(", ");
  let hash: Promise<string> | undefined;
  const identity = (): Promise<string> => {
    hash ??= hashOf(sources);
    return hash;
  };
  return { name, backbone, recognised, tensors, report: plan.report, sources, identity, problem: unfitness(plan) };
}

async function hashOf(sources: readonly ByteSource[]): Promise<string> {
  const hash = new Sha256();
  for (const source of sources) for await (const piece of piecesOf(source)) hash.add(piece);
  return hash.digest();
}

/** Why a run would refuse the weights. */
function unfitness(plan: ImportPlan): string {
  try {
    refuseUnfit(plan);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
