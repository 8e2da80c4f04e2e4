// Writer with an epilogue, four floats at a time: N is a multiple of 4. Follows matmulEpilogue.
@group(0) @binding(5) var<storage, read> operands: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> kept: array<vec4<f32>>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= sizeM || column >= sizeN) {
    return;
  }
  let index = ((entry * sizeM + row) * sizeN + column) / 4u;
  var operand = vec4<f32>();
  if (residual || activation == 2u) {
    operand = operands[(((entry * sizeM + row) % operandRows) * sizeN + column) / 4u];
  }
  let finished = finish(entry * sizeM + row, column, value, operand);
  y[index] = finished.y;
  if (keepProduct || keepZ) {
    kept[index] = finished.kept;
  }
}
