// Writer with an epilogue, four floats at a time: N is a multiple of 4. Follows matmulEpilogue.
@group(0) @binding(5) var<storage, read> operands: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> ys: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> zs: array<vec4<f32>>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= sizeM || column >= sizeN) {
    return;
  }
  let index = ((entry * sizeM + row) * sizeN + column) / 4u;
  var operand = vec4<f32>();
  if (residual || activation == 2u) {
    operand = operands[index];
  }
  let finished = finish(entry * sizeM + row, column, value, operand);
  ys[index] = finished.y;
  if (keep) {
    zs[index] = finished.z;
  }
}
