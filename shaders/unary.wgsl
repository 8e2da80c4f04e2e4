// y[i] = f(x[i]); `f` is chosen by an override, so each pipeline holds one function only. `main4` serves sizes divisible by 4.
// One thread computes one element (main) or four neighbours (main4); thread = (group.y * 32768 + group.x) * 64 + local.
// math.wgsl stands in front.

override op: u32;
/// Threads with work: elements, or quadruples in main4.
override count: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(0) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4<f32>>;

fn apply(v: f32) -> f32 {
  switch op {
    case 0u: { return -v; }
    case 1u: { return abs(v); }
    case 2u: { return sign(v); }
    case 3u: { return preciseExp(v); }
    case 4u: { return preciseLog(v); }
    case 5u: { return preciseLog1p(v); }
    case 6u: { return sqrt(v); }
    case 7u: { return 1.0 / v; }
    case 8u: { return preciseErf(v); }
    case 9u: { return preciseTanh(v); }
    case 10u: { return preciseSigmoid(v); }
    default: { return relu(v); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    y[i] = apply(x[i]);
  }
}

@compute @workgroup_size(64)
fn main4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    let v = x4[i];
    y4[i] = vec4<f32>(apply(v.x), apply(v.y), apply(v.z), apply(v.w));
  }
}
