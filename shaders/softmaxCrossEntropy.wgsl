// Softmax cross-entropy over `classes`, pixels whose label is no class (or is `ignored`) left out, and its derivative. Follows math.wgsl.
// One thread takes every `threads`-th pixel and leaves its sums in parts [2, threads]: loss, count. lossTotals.wgsl adds them.
override pixels: u32;
override classes: u32 = 1u;
override ignored: f32 = 255.0;
override threads: u32 = 1u;

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;

// The class of a pixel, or `classes` where it has none.
fn classOf(pixel: u32) -> u32 {
  let label = labels[pixel];
  let valid = label >= 0.0 && label < f32(classes) && label == floor(label) && label != ignored;
  return select(classes, u32(max(label, 0.0)), valid);
}

// The largest logit of a pixel and Σ exp(logit - largest).
fn scaleOf(start: u32) -> vec2<f32> {
  var largest = logits[start];
  for (var k = 1u; k < classes; k++) {
    largest = max(largest, logits[start + k]);
  }
  var sum = 0.0;
  for (var k = 0u; k < classes; k++) {
    sum += preciseExp(logits[start + k] - largest);
  }
  return vec2<f32>(largest, sum);
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
    let k = classOf(pixel);
    if (k < classes) {
      let scale = scaleOf(pixel * classes);
      loss += preciseLog(scale.y) - (logits[pixel * classes + k] - scale.x);
      valid += 1.0;
    }
  }
  parts[thread] = loss;
  parts[threads + thread] = valid;
}

@group(0) @binding(2) var<storage, read> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dLogits: array<f32>;

// upstream (softmax - onehot), 0 where a pixel is left out; one thread a pixel.
@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let pixel = (group.y * 32768u + group.x) * 64u + local;
  if (pixel >= pixels) {
    return;
  }
  let start = pixel * classes;
  let label = classOf(pixel);
  if (label == classes) {
    for (var k = 0u; k < classes; k++) {
      dLogits[start + k] = 0.0;
    }
    return;
  }
  let scale = scaleOf(start);
  for (var k = 0u; k < classes; k++) {
    let share = preciseExp(logits[start + k] - scale.x) / scale.y;
    dLogits[start + k] = upstream[0] * (share - select(0.0, 1.0, k == label));
  }
}
