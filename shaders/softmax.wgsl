// y[r, c] = exp(x[r, c] - max_c x[r, c]) / Σ_c, rows of `columns` elements. math.wgsl stands in front.
// `perThread`: one thread a (short) row; row = (group.y * 32768 + group.x) * 64 + local.
// `perGroup`:  one workgroup of 64 a row, thread t takes the columns t, t + 64, ...; row = group.y * 32768 + group.x.

override rows: u32;
override columns: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

var<workgroup> lanes: array<f32, 64>;

@compute @workgroup_size(64)
fn perThread(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = (group.y * 32768u + group.x) * 64u + local;
  if (row >= rows) {
    return;
  }
  let start = row * columns;
  var top = x[start];
  for (var c = 1u; c < columns; c++) {
    top = larger(top, x[start + c]);
  }
  var sum = 0.0;
  for (var c = 0u; c < columns; c++) {
    let e = preciseExp(x[start + c] - top);
    y[start + c] = e;
    sum += e;
  }
  for (var c = 0u; c < columns; c++) {
    y[start + c] = y[start + c] / sum;
  }
}

@compute @workgroup_size(64)
fn perGroup(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let row = group.y * 32768u + group.x;
  let inside = row < rows;
  let start = row * columns;
  let end = select(0u, columns, inside);
  var top = fromBits(0xff800000u);
  for (var c = local; c < end; c += 64u) {
    top = larger(top, x[start + c]);
  }
  lanes[local] = top;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) {
      lanes[local] = larger(lanes[local], lanes[local + half]);
    }
    workgroupBarrier();
  }
  top = lanes[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var c = local; c < end; c += 64u) {
    let e = preciseExp(x[start + c] - top);
    y[start + c] = e;
    sum += e;
  }
  lanes[local] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) {
      lanes[local] += lanes[local + half];
    }
    workgroupBarrier();
  }
  sum = lanes[0];
  for (var c = local; c < end; c += 64u) {
    y[start + c] = y[start + c] / sum;
  }
}
