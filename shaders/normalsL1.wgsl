// Σ |p / max(|p|, 1e-12) - label| over the valid ones of three elements a pixel, and its derivative.
// One thread takes every `threads`-th pixel and leaves its sums in parts [2, threads]: loss, count. lossTotals.wgsl adds them.
override pixels: u32;
override ignored: f32 = 255.0;
override threads: u32 = 1u;

const SHORTEST = 1e-12;

@group(0) @binding(0) var<storage, read> prediction: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

fn predictionAt(pixel: u32) -> vec3<f32> {
  return vec3<f32>(prediction[3u * pixel], prediction[3u * pixel + 1u], prediction[3u * pixel + 2u]);
}

fn labelAt(pixel: u32) -> vec3<f32> {
  return vec3<f32>(labels[3u * pixel], labels[3u * pixel + 1u], labels[3u * pixel + 2u]);
}

@compute @workgroup_size(64)
fn partialSums(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let thread = group.x * 64u + local;
  if (thread >= threads) {
    return;
  }
  var loss = 0.0;
  var valid = 0.0;
  for (var pixel = thread; pixel < pixels; pixel += threads) {
    let p = predictionAt(pixel);
    let label = labelAt(pixel);
    let mask = select(vec3<f32>(1.0), vec3<f32>(0.0), label == vec3<f32>(ignored));
    loss += dot(abs(p / max(sqrt(dot(p, p)), SHORTEST) - label), mask);
    valid += mask.x + mask.y + mask.z;
  }
  parts[thread] = loss;
  parts[threads + thread] = valid;
}

@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dPrediction: array<f32>;

// r (g - n (n·g)), r = 1/|p|, n = p r, g = upstream sign(n - label); one thread a pixel.
@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let pixel = (group.y * 32768u + group.x) * 64u + local;
  if (pixel >= pixels) {
    return;
  }
  let p = predictionAt(pixel);
  let label = labelAt(pixel);
  let size = sqrt(dot(p, p));
  let r = 1.0 / max(size, SHORTEST);
  let n = p * r;
  let g = select(upstream[0] * sign(n - label), vec3<f32>(0.0), label == vec3<f32>(ignored));
  let along = select(vec3<f32>(0.0), n * dot(n, g), size > SHORTEST);
  let d = r * (g - along);
  for (var k = 0u; k < 3u; k++) {
    dPrediction[3u * pixel + k] = d[k];
  }
}
