// Batch norm in training: statistics over the N rows of x [T,N,C] for each stream t and channel c, and its derivative.
// No floating-point atomics and no barriers: a thread walks the rows of one channel in one part, a second dispatch joins the parts.
//
// A workgroup of 64 is `columns` channels by `slots` rows. Group (g, t, block) has channels block * columns + column and rows
// [g * rowsPerGroup, ...) of stream t; slot s takes every slots-th of them from s on, as part p = g * slots + s.
// parts: [P,2,T,C], P = groups * slots.
override streams: u32 = 1u;
override rows: u32 = 1u;
override channels: u32 = 1u;
override groups: u32 = 1u;
override rowsPerGroup: u32 = 1u;
override columns: u32 = 64u;
override slots: u32 = 1u;
override epsilon: f32 = 1e-5;

// Of each part: its mean, and the sum of squared deviations from that mean.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> momentParts: array<f32>;

@compute @workgroup_size(columns, slots)
fn momentsOfParts(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let channel = group.z * columns + local.x;
  if (channel >= channels) {
    return;
  }
  let range = rowsOf(group.x, local.y);
  let start = group.y * rows * channels + channel;
  var sum = 0.0;
  for (var row = range.x; row < range.y; row += slots) {
    sum += x[start + row * channels];
  }
  let mean = sum / max(f32(countOf(range)), 1.0);
  var squares = 0.0;
  for (var row = range.x; row < range.y; row += slots) {
    let d = x[start + row * channels] - mean;
    squares += d * d;
  }
  let at = partIndex(group.x * slots + local.y, group.y, channel);
  momentParts[at] = mean;
  momentParts[at + streams * channels] = squares;
}

// First and one past the last row that a slot of a row group takes.
fn rowsOf(group: u32, slot: u32) -> vec2<u32> {
  return vec2<u32>(group * rowsPerGroup + slot, min((group + 1u) * rowsPerGroup, rows));
}

fn countOf(range: vec2<u32>) -> u32 {
  return select(0u, (range.y - range.x + slots - 1u) / slots, range.y > range.x);
}

fn partIndex(part: u32, stream: u32, channel: u32) -> u32 {
  return (2u * part * streams + stream) * channels + channel;
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> meanOut: array<f32>;
@group(0) @binding(2) var<storage, read_write> varianceOut: array<f32>;

// One thread a stream and channel joins the moments of its parts: mean = Σ n_p mean_p / N,
// variance = (Σ squares_p + n_p (mean_p - mean)²) / N.
@compute @workgroup_size(64)
fn joinMoments(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  let size = streams * channels;
  if (index >= size) {
    return;
  }
  // Deviations from the first part's mean, so that a large common mean costs no digits.
  let first = parts[index];
  var shift = 0.0;
  for (var p = 0u; p < groups * slots; p++) {
    let count = f32(countOf(rowsOf(p / slots, p % slots)));
    shift += count * (parts[2u * p * size + index] - first);
  }
  let offset = shift / f32(rows);
  var squares = 0.0;
  for (var p = 0u; p < groups * slots; p++) {
    let count = f32(countOf(rowsOf(p / slots, p % slots)));
    let d = (parts[2u * p * size + index] - first) - offset;
    squares += parts[(2u * p + 1u) * size + index] + count * d * d;
  }
  meanOut[index] = first + offset;
  varianceOut[index] = squares / f32(rows);
}

@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

// y = (x - mean) gamma / sqrt(variance + epsilon) + beta, one thread a number.
@compute @workgroup_size(256)
fn normalise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index >= streams * rows * channels) {
    return;
  }
  let at = index / (rows * channels) * channels + index % channels;
  y[index] = (x[index] - mean[at]) / sqrt(variance[at] + epsilon) * gamma[at] + beta[at];
}

@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> meanIn: array<f32>;
@group(0) @binding(3) var<storage, read> varianceIn: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradParts: array<f32>;

// Of each part: Σ dy xhat and Σ dy.
@compute @workgroup_size(columns, slots)
fn gradientsOfParts(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let channel = group.z * columns + local.x;
  if (channel >= channels) {
    return;
  }
  let range = rowsOf(group.x, local.y);
  let start = group.y * rows * channels + channel;
  let centre = meanIn[group.y * channels + channel];
  var dGamma = 0.0;
  var dBeta = 0.0;
  for (var row = range.x; row < range.y; row += slots) {
    let d = dy[start + row * channels];
    dGamma += d * (x[start + row * channels] - centre);
    dBeta += d;
  }
  let at = partIndex(group.x * slots + local.y, group.y, channel);
  gradParts[at] = dGamma / sqrt(varianceIn[group.y * channels + channel] + epsilon);
  gradParts[at + streams * channels] = dBeta;
}

@group(0) @binding(5) var<storage, read> dGammaIn: array<f32>;
@group(0) @binding(6) var<storage, read> dBetaIn: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> gammaIn: array<f32>;
@group(0) @binding(3) var<storage, read> meanAt3: array<f32>;
@group(0) @binding(4) var<storage, read> varianceAt4: array<f32>;

// dx = gamma r (dy - dbeta/N - xhat dgamma/N), one thread a number.
@compute @workgroup_size(256)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index >= streams * rows * channels) {
    return;
  }
  let at = index / (rows * channels) * channels + index % channels;
  let r = 1.0 / sqrt(varianceAt4[at] + epsilon);
  let xhat = (x[index] - meanAt3[at]) * r;
  dx[index] = gammaIn[at] * r * (dy[index] - (dBetaIn[at] + xhat * dGammaIn[at]) / f32(rows));
}
