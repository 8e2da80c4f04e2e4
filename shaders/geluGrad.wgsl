// dx = dy (Φ(x) + x φ(x)) over `size` numbers. Follows geluMath.wgsl.
override size: u32;

@group(0) @binding(0) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dx4: array<vec4<f32>>;
@group(0) @binding(0) var<storage, read> x1: array<f32>;
@group(0) @binding(1) var<storage, read> dy1: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx1: array<f32>;

// Four numbers a thread; size is a multiple of 4.
@compute @workgroup_size(64)
fn by4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  if (index * 4u < size) {
    dx4[index] = dy4[index] * geluSlope4(x4[index]);
  }
}

@compute @workgroup_size(64)
fn by1(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  if (index < size) {
    dx1[index] = dy1[index] * geluSlope4(vec4<f32>(x1[index])).x;
  }
}
