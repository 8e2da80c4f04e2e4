// Writer with an epilogue, one float at a time. Follows matmulEpilogue.
@group(0) @binding(5) var<storage, read> operands: array<f32>;
@group(0) @binding(6) var<storage, read_write> ys: array<f32>;
@group(0) @binding(7) var<storage, read_write> zs: array<f32>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= sizeM || column >= sizeN) {
    return;
  }
  let index = (entry * sizeM + row) * sizeN + column;
  let count = min(4u, sizeN - column);
  var operand = vec4<f32>();
  if (residual || activation == 2u) {
    operand.x = operands[index];
    if (count > 1u) { operand.y = operands[index + 1u]; }
    if (count > 2u) { operand.z = operands[index + 2u]; }
    if (count > 3u) { operand.w = operands[index + 3u]; }
  }
  let finished = finish(entry * sizeM + row, column, value, operand);
  ys[index] = finished.y.x;
  if (count > 1u) { ys[index + 1u] = finished.y.y; }
  if (count > 2u) { ys[index + 2u] = finished.y.z; }
  if (count > 3u) { ys[index + 3u] = finished.y.w; }
  if (keep) {
    zs[index] = finished.z.x;
    if (count > 1u) { zs[index + 1u] = finished.z.y; }
    if (count > 2u) { zs[index + 2u] = finished.z.z; }
    if (count > 3u) { zs[index + 3u] = finished.z.w; }
  }
}
