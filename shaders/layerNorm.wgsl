// y = (x - mean) rstd gamma + beta over the last axis of [rows, channels]; keeps mean and rstd of each row.
// A workgroup holds `slots` rows, `lanes` threads each (a power of 2); neighbours in a row are read by neighbouring threads.
override rows: u32;
override channels: u32;
override lanes: u32;
override slots: u32;
// lanes * slots
override threads: u32;
override eps: f32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>;
@group(0) @binding(5) var<storage, read_write> rstds: array<f32>;

var<workgroup> shares: array<f32, threads>;

// Σ over the lanes of a row, the same number in all of them.
fn sumLanes(share: f32, local: vec3<u32>) -> f32 {
  let thread = local.y * lanes + local.x;
  shares[thread] = share;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local.x < half) {
      shares[thread] += shares[thread + half];
    }
  }
  if (lanes > 1u) {
    workgroupBarrier();
  }
  let total = shares[local.y * lanes];
  if (lanes > 1u) {
    workgroupBarrier();
  }
  return total;
}

@compute @workgroup_size(lanes, slots)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let row = (group.y * 32768u + group.x) * slots + local.y;
  // Threads past the last row go through the barriers too, without columns.
  let end = select(0u, channels, row < rows);
  let start = row * channels;
  var sum = 0.0;
  for (var c = local.x; c < end; c += lanes) {
    sum += x[start + c];
  }
  let mean = sumLanes(sum, local) / f32(channels);
  // The second pass over the row (from cache) avoids the cancellation of E[x²] - E[x]².
  var squares = 0.0;
  for (var c = local.x; c < end; c += lanes) {
    let d = x[start + c] - mean;
    squares = fma(d, d, squares);
  }
  let rstd = 1.0 / sqrt(sumLanes(squares, local) / f32(channels) + eps);
  for (var c = local.x; c < end; c += lanes) {
    y[start + c] = fma((x[start + c] - mean) * rstd, gamma[c], beta[c]);
  }
  if (local.x == 0u && row < rows) {
    means[row] = mean;
    rstds[row] = rstd;
  }
}
