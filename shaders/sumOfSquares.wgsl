// The first stage of Σ x²: one thread takes every `threads`-th number and leaves its sum in parts [threads]; lossTotals.wgsl adds them.
override size: u32;
override threads: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;

@compute @workgroup_size(64)
fn partialSums(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let thread = group.x * 64u + local;
  if (thread >= threads) {
    return;
  }
  var sum = 0.0;
  for (var i = thread; i < size; i += threads) {
    sum += x[i] * x[i];
  }
  parts[thread] = sum;
}
