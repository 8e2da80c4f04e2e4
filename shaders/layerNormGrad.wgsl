// x̂ = (x - mean) rstd, g = dy gamma:  dx = rstd (g - mean(g) - x̂ mean(g x̂)) over [rows, channels], and, where `parameters`,
// the share of each workgroup in dgamma = Σ dy x̂ and dbeta = Σ dy: shares[(group * 2 + 0 or 1) * channels + c].
// A workgroup goes through rowsPerGroup rows, `slots` at a time, `lanes` threads each (a power of 2).
override rows: u32;
override channels: u32;
override rowsPerGroup: u32;
override lanes: u32;
override slots: u32;
// lanes * slots
override threads: u32;
override parameters: bool;
// `added` is added to dx.
override residual: bool;
// slots * 2 * channels where parameters, else 1.
override sumsSize: u32;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> means: array<f32>;
@group(0) @binding(4) var<storage, read> rstds: array<f32>;
@group(0) @binding(5) var<storage, read> added: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> shares: array<f32>;

var<workgroup> pairs: array<vec2<f32>, threads>;
// [slots, 2, channels]: a thread adds only to the channels of its own lane.
var<workgroup> sums: array<f32, sumsSize>;

fn sumLanes(pair: vec2<f32>, local: vec3<u32>) -> vec2<f32> {
  let thread = local.y * lanes + local.x;
  pairs[thread] = pair;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local.x < half) {
      pairs[thread] += pairs[thread + half];
    }
  }
  if (lanes > 1u) {
    workgroupBarrier();
  }
  let total = pairs[local.y * lanes];
  if (lanes > 1u) {
    workgroupBarrier();
  }
  return total;
}

@compute @workgroup_size(lanes, slots)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = workgroup.y * 32768u + workgroup.x;
  let ownSums = local.y * 2u * channels;
  if (parameters) {
    for (var c = local.x; c < channels; c += lanes) {
      sums[ownSums + c] = 0.0;
      sums[ownSums + channels + c] = 0.0;
    }
  }
  for (var first = 0u; first < rowsPerGroup; first += slots) {
    let row = group * rowsPerGroup + first + local.y;
    let inside = row < rows && first + local.y < rowsPerGroup;
    let end = select(0u, channels, inside);
    let start = row * channels;
    var mean = 0.0;
    var rstd = 0.0;
    if (inside) {
      mean = means[row];
      rstd = rstds[row];
    }
    var pair = vec2<f32>();
    for (var c = local.x; c < end; c += lanes) {
      let g = dy[start + c] * gamma[c];
      pair += vec2<f32>(g, g * ((x[start + c] - mean) * rstd));
    }
    let average = sumLanes(pair, local) / f32(channels);
    for (var c = local.x; c < end; c += lanes) {
      let d = dy[start + c];
      let xHat = (x[start + c] - mean) * rstd;
      var value = rstd * (d * gamma[c] - average.x - xHat * average.y);
      if (residual) {
        value += added[start + c];
      }
      dx[start + c] = value;
      if (parameters) {
        sums[ownSums + c] += d * xHat;
        sums[ownSums + channels + c] += d;
      }
    }
  }
  if (parameters) {
    workgroupBarrier();
    for (var c = thread; c < 2u * channels; c += threads) {
      var sum = 0.0;
      for (var slot = 0u; slot < slots; slot++) {
        sum += sums[slot * 2u * channels + c];
      }
      shares[group * 2u * channels + c] = sum;
    }
  }
}
