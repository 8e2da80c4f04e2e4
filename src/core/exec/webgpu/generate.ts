/** The WGSL of elementwise programs, see program.ts. */
import axesCode from "../../../../shaders/lib/axes.wgsl?raw";
import type { Argument, Program, Step } from "./program";

/** How a kernel reads an operand: one number for all, at the result's own index, or by strides. `Quads` come four at a time. */
export type Access = "scalar" | "same" | "strided" | "sameQuads" | "stridedQuads";

const calls: Readonly<Record<string, string>> = {
  exp: "preciseExp",
  log: "preciseLog",
  log1p: "preciseLog1p",
  erf: "preciseErf",
  tanh: "preciseTanh",
  sigmoid: "preciseSigmoid",
  relu: "relu",
  maximum: "larger",
  minimum: "smaller",
};

const operators: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/" };

/** Functions of math.wgsl on four numbers at once. */
const onQuads = (name: string, arity: number): string => {
  const parameters = ["a", "b"].slice(0, arity);
  const at = (c: string): string => `${name}(${parameters.map((v) => `${v}.${c}`).join(", ")})`;
  const list = parameters.map((v) => `${v}: vec4<f32>`).join(", ");
  return `fn ${name}4(${list}) -> vec4<f32> {\n  return vec4<f32>(${["x", "y", "z", "w"].map(at).join(", ")});\n}\n`;
};

function expression({ name }: Step, args: readonly string[], quads: boolean): string {
  const [a, b, c] = args as [string, string, string];
  const one = quads ? "vec4<f32>(1.0)" : "1.0";
  const zero = quads ? "vec4<f32>(0.0)" : "0.0";
  const called = calls[name];
  if (called) return `${called}${quads ? "4" : ""}(${args.join(", ")})`;
  const operator = operators[name];
  if (operator) return `${a} ${operator} ${b}`;
  switch (name) {
    case "same":
      return a;
    case "neg":
      return `-${a}`;
    case "reciprocal":
      return `${one} / ${a}`;
    case "greater":
      return `select(${zero}, ${one}, ${a} > ${b})`;
    case "equal":
      return `select(${zero}, ${one}, ${a} == ${b})`;
    case "select":
      return `select(${c}, ${b}, ${a} != ${zero})`;
    default:
      return `${name}(${a})`;
  }
}

/** Numbers are overrides; those that no override can hold (infinities, NaN) come by their bits. */
export function numberOverrides(numbers: readonly number[]): Record<string, number> {
  return Object.fromEntries(
    numbers.map((n, i) => [
      `n${i}`,
      Number.isFinite(Math.fround(n)) ? n : new Uint32Array(Float32Array.of(n).buffer)[0]!,
    ]),
  );
}

const isFinite32 = (n: number): boolean => Number.isFinite(Math.fround(n));

/** Statements that compute the program from `v0, v1, ...` (the operands) into the returned name. */
function body(program: Program, quads: boolean): { readonly lines: readonly string[]; readonly result: string } {
  const type = quads ? "vec4<f32>" : "f32";
  const name = (a: Argument): string => {
    if ("operand" in a) return `v${a.operand}`;
    if ("step" in a) return `s${a.step}`;
    const n = isFinite32(program.numbers[a.number]!) ? `n${a.number}` : `fromBits(n${a.number})`;
    return quads ? `vec4<f32>(${n})` : n;
  };
  const lines = program.steps.map(
    (step, i) => `  let s${i}: ${type} = ${expression(step, step.arguments.map(name), quads)};`,
  );
  return { lines, result: `s${program.steps.length - 1}` };
}

/** Declarations that a program's statements need. */
function declarations(program: Program, quads: boolean): string {
  const numbers = program.numbers.map((n, i) => `override n${i}: ${isFinite32(n) ? "f32" : "u32"};`);
  const used = new Map(
    program.steps.flatMap(({ name, arguments: a }) => (calls[name] ? [[calls[name], a.length]] : [])),
  );
  const functions = quads ? [...used].map(([name, arity]) => onQuads(name, arity)) : [];
  return [...numbers, "", ...functions].join("\n");
}

/** Equal signatures mean equal text: the name of the shader. */
export function signature(program: Program): string {
  const show = (a: Argument): string => {
    if ("operand" in a) return `v${a.operand}`;
    if ("step" in a) return `s${a.step}`;
    return isFinite32(program.numbers[a.number]!) ? `n${a.number}` : `bits${a.number}`;
  };
  return program.steps.map(({ name, arguments: a }) => `${name}(${a.map(show).join(",")})`).join(" ");
}

const axes = [0, 1, 2, 3, 4, 5];

/** Operands read through the output (`inPlace`) have no binding of their own. */
export function elementwiseCode(program: Program, access: readonly Access[], quads: boolean, inPlace?: number): string {
  const type = quads ? "vec4<f32>" : "f32";
  const bound = access.map((_, i) => i).filter((i) => i !== inPlace);
  const isStrided = (a: Access): boolean => a === "strided" || a === "stridedQuads";
  const elementOf = (a: Access): string => (a === "sameQuads" || a === "stridedQuads" ? "vec4<f32>" : "f32");
  const load = (a: Access, i: number): string => {
    if (i === inPlace) return `  let v${i} = y[i];`;
    const [s0, s1, s2, s3, s4, s5] = axes.map((axis) => `o${i}_${axis}`);
    const strides = `Axes(vec3<u32>(${s0}, ${s1}, ${s2}), vec3<u32>(${s3}, ${s4}, ${s5}))`;
    const index = a === "scalar" ? "" : isStrided(a) ? ` + placeOf(c, ${strides})` : " + i";
    const value = `x${i}[b${i}${index}]`;
    return `  let v${i} = ${quads && elementOf(a) === "f32" ? `vec4<f32>(${value})` : value};`;
  };
  const strided = access.some(isStrided);
  const strides = bound
    .filter((i) => isStrided(access[i]!))
    .flatMap((i) => axes.map((axis) => `override o${i}_${axis}: u32 = 0u;`));
  const { lines, result } = body(program, quads);
  return [
    "// Generated from a chain of elementwise primitives. One thread an element or four neighbours;",
    "// thread = (group.y * 32768 + group.x) * 64 + local. math.wgsl stands in front.",
    "override count: u32;",
    ...(strided ? [axesCode] : []),
    ...bound.map((i) => `override b${i}: u32 = 0u;`),
    ...strides,
    declarations(program, quads),
    ...bound.map((i, at) => `@group(0) @binding(${at}) var<storage, read> x${i}: array<${elementOf(access[i]!)}>;`),
    `@group(0) @binding(${bound.length}) var<storage, read_write> y: array<${type}>;`,
    "",
    "@compute @workgroup_size(64)",
    "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {",
    "  let i = (group.y * 32768u + group.x) * 64u + local;",
    "  if (i >= count) {",
    "    return;",
    "  }",
    ...(strided ? ["  let c = coordinatesOf(i);"] : []),
    ...access.map(load),
    ...lines,
    `  y[i] = ${result};`,
    "}",
    "",
  ].join("\n");
}

/** Text in front of reduce.wgsl: term(o, r) is the program's value at kept coordinates of o and reduced coordinates of r. */
export function termsCode(program: Program, operands: number): string {
  const all = Array.from({ length: operands }, (_, i) => i);
  const stride = (i: number): string[] => [
    `override o${i}_b: u32 = 0u;`,
    ...[0, 1, 2, 3].map((axis) => `override o${i}_k${axis}: u32 = 0u;`),
    ...[0, 1, 2].map((axis) => `override o${i}_r${axis}: u32 = 0u;`),
  ];
  const index = (i: number): string =>
    [
      `o${i}_b`,
      ...[0, 1, 2, 3].map((axis) => `c${axis} * o${i}_k${axis}`),
      ...[0, 1, 2].map((axis) => `t${axis} * o${i}_r${axis}`),
    ].join(" + ");
  const { lines, result } = body(program, false);
  return [
    "// Generated from a chain of elementwise primitives under a sum.",
    ...["k1", "k2", "k3", "r1", "r2"].map((axis) => `override ${axis}Size: u32 = 1u;`),
    ...all.flatMap(stride),
    declarations(program, false),
    ...all.map((i) => `@group(0) @binding(${i}) var<storage, read> x${i}: array<f32>;`),
    `@group(0) @binding(${operands}) var<storage, read_write> y: array<f32>;`,
    "",
    "fn term(o: u32, r: u32) -> f32 {",
    "  let c3 = o % k3Size;",
    "  let c2 = (o / k3Size) % k2Size;",
    "  let c1 = (o / (k3Size * k2Size)) % k1Size;",
    "  let c0 = o / (k3Size * k2Size * k1Size);",
    "  let t2 = r % r2Size;",
    "  let t1 = (r / r2Size) % r1Size;",
    "  let t0 = r / (r2Size * r1Size);",
    ...all.map((i) => `  let v${i} = x${i}[${index(i)}];`),
    ...lines,
    `  return ${result};`,
    "}",
    "",
  ].join("\n");
}
