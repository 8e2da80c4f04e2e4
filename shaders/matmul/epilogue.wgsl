// What is done to a product before it is written: z = product * scale + bias, y = act(z) * gate + operand.
// scale and bias are [groups,N], gate is [groups]: a group is a run of rows; each starts somewhere in what is bound. The activation is
// 0 none, 1 GELU, 2 times the slope of GELU at the operand. Follows matmulSizes and geluMath.
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> gate: array<f32>;

override hasScale: bool = false;
override hasBias: bool = false;
override hasGate: bool = false;
override rowsPerScale: u32 = 1u;
override rowsPerBias: u32 = 1u;
override rowsPerGate: u32 = 1u;
override scaleStart: u32 = 0u;
override biasStart: u32 = 0u;
override gateStart: u32 = 0u;
// The scale is one of A along K, and not of the product (matmulLeft).
override innerScale: bool = false;
override innerGroups: u32 = 1u;
override activation: u32 = 0u;
// What goes to a second output: the product, or z.
override keepProduct: bool = false;
override keepZ: bool = false;
// The operand is added at the end.
override residual: bool = false;
// The operand's rows; it repeats where the result has more.
override operandRows: u32 = 1u;

struct Finished {
  kept: vec4<f32>,
  y: vec4<f32>,
}

// Four neighbours of a row of [groups,N]; past the end the last one again.
fn columnsAt(start: u32, group: u32, column: u32) -> vec4<u32> {
  return start + group * sizeN + min(vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(sizeN - 1u));
}

// `row` counts the rows of all entries.
fn finish(row: u32, column: u32, product: vec4<f32>, operand: vec4<f32>) -> Finished {
  var z = product;
  if (hasScale) {
    let at = columnsAt(scaleStart, row / rowsPerScale, column);
    z *= vec4<f32>(scale[at.x], scale[at.y], scale[at.z], scale[at.w]);
  }
  if (hasBias) {
    let at = columnsAt(biasStart, row / rowsPerBias, column);
    z += vec4<f32>(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
  }
  var y = z;
  if (activation == 1u) {
    y = gelu4(z);
  }
  if (activation == 2u) {
    y = z * geluSlope4(operand);
  }
  if (hasGate) {
    y *= gate[gateStart + row / rowsPerGate];
  }
  if (residual) {
    y += operand;
  }
  return Finished(select(z, product, keepProduct), y);
}
