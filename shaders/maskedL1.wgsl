// Σ |prediction - label| over the elements whose label is not `ignored`, and its derivative.
// One thread takes every `threads`-th element and leaves its sums in parts [2, threads]: loss, count. lossTotals.wgsl adds them.
override size: u32;
override ignored: f32 = 255.0;
override threads: u32 = 1u;

@group(0) @binding(0) var<storage, read> prediction: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

@compute @workgroup_size(64)
fn partialSums(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let thread = group.x * 64u + local;
  if (thread >= threads) {
    return;
  }
  var loss = 0.0;
  var valid = 0.0;
  for (var i = thread; i < size; i += threads) {
    if (labels[i] != ignored) {
      loss += abs(prediction[i] - labels[i]);
      valid += 1.0;
    }
  }
  parts[thread] = loss;
  parts[threads + thread] = valid;
}

@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dPrediction: array<f32>;

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < size) {
    dPrediction[i] = select(upstream[0] * sign(prediction[i] - labels[i]), 0.0, labels[i] == ignored);
  }
}
