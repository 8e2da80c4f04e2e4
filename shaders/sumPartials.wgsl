// sum[i] = Σ_p parts[p * size + i], p < count: the second stage of sums in two stages. The order of additions is fixed.
// The first firstSize sums go to `first`, the others to `second`.
// A workgroup sums `columns` neighbours, `slots` threads each; slots is a power of 2.
override count: u32;
override size: u32;
override firstSize: u32;
override columns: u32 = 32u;
override slots: u32 = 8u;
// columns * slots
override threads: u32;

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> first: array<f32>;
@group(0) @binding(2) var<storage, read_write> second: array<f32>;

var<workgroup> shares: array<f32, threads>;

@compute @workgroup_size(columns, slots)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (group.y * 32768u + group.x) * columns + local.x;
  var share = 0.0;
  if (index < size) {
    for (var p = local.y; p < count; p += slots) {
      share += parts[p * size + index];
    }
  }
  shares[thread] = share;
  for (var half = slots / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local.y < half) {
      shares[thread] += shares[thread + half * columns];
    }
  }
  if (local.y == 0u && index < size) {
    if (index < firstSize) {
      first[index] = shares[thread];
    } else {
      second[index - firstSize] = shares[thread];
    }
  }
}
