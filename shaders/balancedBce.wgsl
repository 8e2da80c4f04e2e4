// Weighted binary cross-entropy with logits and its derivative. Follows math.wgsl.
// One thread takes every `threads`-th pixel and leaves its sums in parts [4, threads]: loss of positives, loss of negatives, positives,
// negatives. lossTotals.wgsl adds and weighs them.
override pixels: u32;
override ignored: f32 = 255.0;
// 0: nothing is ignored, and every label of at least 0.5 is positive.
override ignores: u32 = 1u;
override threads: u32 = 1u;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

fn isValid(label: f32) -> bool {
  return ignores == 0u || label != ignored;
}

// -log(1 - sigmoid(x)), without cancellation on either side.
fn softplus(x: f32) -> f32 {
  return relu(x) + preciseLog1p(preciseExp(-abs(x)));
}

@compute @workgroup_size(64)
fn partialSums(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let thread = group.x * 64u + local;
  if (thread >= threads) {
    return;
  }
  var sums = vec4<f32>(0.0);
  for (var pixel = thread; pixel < pixels; pixel += threads) {
    if (!isValid(labels[pixel])) {
      continue;
    }
    if (labels[pixel] >= 0.5) {
      sums += vec4<f32>(softplus(-logits[pixel]), 0.0, 1.0, 0.0);
    } else {
      sums += vec4<f32>(0.0, softplus(logits[pixel]), 0.0, 1.0);
    }
  }
  for (var term = 0u; term < 4u; term++) {
    parts[term * threads + thread] = sums[term];
  }
}

@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> upstream: array<f32>;
@group(0) @binding(4) var<storage, read_write> dLogits: array<f32>;

// -w sigmoid(-x) of a positive, (1-w) sigmoid(x) of a negative, times upstream; one thread a pixel.
@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let pixel = (group.y * 32768u + group.x) * 64u + local;
  if (pixel >= pixels) {
    return;
  }
  let x = logits[pixel];
  let isPositive = labels[pixel] >= 0.5;
  let slope = select((1.0 - weight[0]) * preciseSigmoid(x), -weight[0] * preciseSigmoid(-x), isPositive);
  dLogits[pixel] = select(0.0, upstream[0] * slope, isValid(labels[pixel]));
}
