/**
 * The WGSL of the primitives, as text. math.wgsl stands in front of those that use the elementary functions, lib/axes.wgsl
 * in front of those that take an index apart.
 */
import binaryCode from "../../../../../shaders/binary.wgsl?raw";
import concatCode from "../../../../../shaders/concat.wgsl?raw";
import fillCode from "../../../../../shaders/fill.wgsl?raw";
import gatherCode from "../../../../../shaders/gather.wgsl?raw";
import axesCode from "../../../../../shaders/lib/axes.wgsl?raw";
import mathCode from "../../../../../shaders/math.wgsl?raw";
import padCode from "../../../../../shaders/pad.wgsl?raw";
import reduceCode from "../../../../../shaders/reduce.wgsl?raw";
import reduceTermsCode from "../../../../../shaders/reduceTerms.wgsl?raw";
import scatterAddCode from "../../../../../shaders/scatterAdd.wgsl?raw";
import selectCode from "../../../../../shaders/select.wgsl?raw";
import softmaxCode from "../../../../../shaders/softmax.wgsl?raw";
import stridedCode from "../../../../../shaders/strided.wgsl?raw";
import unaryCode from "../../../../../shaders/unary.wgsl?raw";
import type { Shader } from "../../../graph/kernel";

export const withMath = (name: string, code: string): Shader => ({ name, code: `${mathCode}\n${code}` });

const withAxes = (code: string): string => `${axesCode}\n${code}`;

export const unaryShader = withMath("unary", unaryCode);
export const binaryShader = withMath("binary", withAxes(binaryCode));
/** Reduces what `terms` (reduceTerms.wgsl, or generated text) declares. */
export const reduceOver = (name: string, terms: string): Shader => withMath(name, `${terms}\n${reduceCode}`);
export const reduceShader = reduceOver("reduce", reduceTermsCode);
export const softmaxShader = withMath("softmax", softmaxCode);
export const selectShader: Shader = { name: "select", code: withAxes(selectCode) };
export const stridedShader: Shader = { name: "strided", code: withAxes(stridedCode) };
export const concatShader: Shader = { name: "concat", code: concatCode };
export const padShader: Shader = { name: "pad", code: withAxes(padCode) };
export const fillShader: Shader = { name: "fill", code: fillCode };
export const gatherShader: Shader = { name: "gather", code: gatherCode };
export const scatterAddShader: Shader = { name: "scatterAdd", code: scatterAddCode };
