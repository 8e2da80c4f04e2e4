/** The kernel of an elementwise program without a sum. */
import { groupsFor, type KernelCall, type Shader } from "../../../graph/kernel";
import { type Node, sizeOf } from "../../../graph/node";
import { type Access, elementwiseCode, numberOverrides, signature } from "../generate";
import type { ProgramAttrs } from "../program";
import { broadcastStrides, maxAxes, mergeAxes, numbered, padAxes } from "./axes";
import { withMath } from "./shaders";

const shaders = new Map<string, Shader>();

function shaderOf(attrs: ProgramAttrs, access: readonly Access[], quads: boolean, inPlace: number | undefined): Shader {
  const name = `${quads ? "quads of " : ""}${signature(attrs.program)} over ${access.join(",")}${inPlace === undefined ? "" : ` in v${inPlace}`}`;
  const known = shaders.get(name);
  if (known) return known;
  const shader = withMath(name, elementwiseCode(attrs.program, access, quads, inPlace));
  shaders.set(name, shader);
  return shader;
}

/** `inPlace`: the operand whose memory the output takes; it has the output's shape. */
export function programCalls(node: Node<ProgramAttrs>, inPlace?: number): readonly KernelCall[] {
  const { shape, program, views } = node.attrs;
  const size = sizeOf(shape);
  const strides = views.map((v) => broadcastStrides(v.shape, shape));
  const merged = mergeAxes({ sizes: shape, strides });
  const { sizes, strides: padded } = padAxes(merged, maxAxes);
  const inner = maxAxes - 1;
  const kinds = views.map((v) => (sizeOf(v.shape) === size ? "same" : sizeOf(v.shape) === 1 ? "scalar" : "strided"));
  // Four neighbours at once: the innermost axis is walked by ones in whole quadruples, or not at all.
  const quads =
    size % 4 === 0 &&
    kinds.every((kind, i) => {
      if (kind === "scalar") return true;
      return kind === "same" ? views[i]!.offset % 4 === 0 : isWhole(sizes, padded[i]!, views[i]!.offset);
    });
  const unit = quads ? 4 : 1;
  const access = kinds.map((kind, i): Access => {
    if (!quads || kind === "scalar") return kind;
    if (kind === "same") return "sameQuads";
    return padded[i]![inner] === 1 ? "stridedQuads" : "strided";
  });
  const strided = access.some((a) => a === "strided" || a === "stridedQuads");
  const overrides = {
    count: size / unit,
    ...(strided ? numbered("size", [...sizes.slice(0, inner), sizes[inner]! / unit], 1) : {}),
    ...numberOverrides(program.numbers),
  };
  const offsets = access.map((a, i) => {
    const start =
      i === inPlace ? {} : { [`b${i}`]: views[i]!.offset / (a === "sameQuads" || a === "stridedQuads" ? 4 : 1) };
    if (a !== "strided" && a !== "stridedQuads") return start;
    const scale = a === "stridedQuads" ? 4 : 1;
    return {
      ...start,
      ...numbered(
        `o${i}_`,
        padded[i]!.map((n, axis) => (axis === inner ? n : n / scale)),
      ),
    };
  });
  return [
    {
      shader: shaderOf(node.attrs, access, quads, inPlace),
      entry: "main",
      overrides: Object.assign(overrides, ...offsets),
      reads: node.inputs.filter((_, i) => i !== inPlace),
      writes: [node.outputs[0]!],
      groups: groupsFor(Math.ceil(size / unit / 64)),
      flops: size * program.steps.length,
    },
  ];
}

/** Quadruples of the output meet quadruples of the operand, or one number of it. */
function isWhole(sizes: readonly number[], strides: readonly number[], offset: number): boolean {
  const inner = maxAxes - 1;
  if (sizes[inner]! % 4 !== 0) return false;
  if (strides[inner] === 0) return true;
  return strides[inner] === 1 && offset % 4 === 0 && strides.slice(0, inner).every((n) => n % 4 === 0);
}
