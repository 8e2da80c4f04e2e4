// One AdamW step over a flat vector, one thread a parameter. The three written vectors hold the old numbers when the kernel starts, and keep
// them where the step is skipped.
// groupRates: learning rate, then weight decay, of each group. verdict: whether the step is skipped, then the gradient's factor.
// groupOf: the group of each parameter, four to a word.
override size: u32;
override groups: u32;
override beta1: f32;
override beta2: f32;
// 1 - beta1 and 1 - beta2, rounded once.
override rest1: f32;
override rest2: f32;
override epsilon: f32;

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> groupRates: array<f32>;
@group(0) @binding(2) var<storage, read> verdict: array<f32>;
@group(0) @binding(3) var<storage, read> biasCorrections: array<f32>;
@group(0) @binding(4) var<storage, read> groupOf: array<u32>;
@group(0) @binding(5) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(6) var<storage, read_write> firstMoment: array<f32>;
@group(0) @binding(7) var<storage, read_write> secondMoment: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 256u + local;
  if (i >= size || verdict[0] != 0.0) {
    return;
  }
  let own = (groupOf[i / 4u] >> (8u * (i % 4u))) & 0xffu;
  let rate = groupRates[own];
  let decay = groupRates[groups + own];
  let g = gradient[i] * verdict[1];
  let first = firstMoment[i] * beta1 + g * rest1;
  let second = secondMoment[i] * beta2 + g * g * rest2;
  let step = (first / biasCorrections[0]) / (sqrt(second / biasCorrections[1]) + epsilon);
  let old = parameters[i];
  parameters[i] = old - old * (rate * decay) - rate * step;
  firstMoment[i] = first;
  secondMoment[i] = second;
}
