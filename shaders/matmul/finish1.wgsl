// Writer with an epilogue, one float at a time. Follows matmulEpilogue.
@group(0) @binding(5) var<storage, read> operands: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> kept: array<f32>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= sizeM || column >= sizeN) {
    return;
  }
  let index = (entry * sizeM + row) * sizeN + column;
  let count = min(4u, sizeN - column);
  var operand = vec4<f32>();
  if (residual || activation == 2u) {
    let at = ((entry * sizeM + row) % operandRows) * sizeN + column;
    operand.x = operands[at];
    if (count > 1u) { operand.y = operands[at + 1u]; }
    if (count > 2u) { operand.z = operands[at + 2u]; }
    if (count > 3u) { operand.w = operands[at + 3u]; }
  }
  let finished = finish(entry * sizeM + row, column, value, operand);
  y[index] = finished.y.x;
  if (count > 1u) { y[index + 1u] = finished.y.y; }
  if (count > 2u) { y[index + 2u] = finished.y.z; }
  if (count > 3u) { y[index + 3u] = finished.y.w; }
  if (keepProduct || keepZ) {
    kept[index] = finished.kept.x;
    if (count > 1u) { kept[index + 1u] = finished.kept.y; }
    if (count > 2u) { kept[index + 2u] = finished.kept.z; }
    if (count > 3u) { kept[index + 3u] = finished.kept.w; }
  }
}
