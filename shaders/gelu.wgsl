// GELU over `size` numbers. Follows geluMath.wgsl.
override size: u32;

@group(0) @binding(0) var<storage, read> x4: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y4: array<vec4<f32>>;
@group(0) @binding(0) var<storage, read> x1: array<f32>;
@group(0) @binding(1) var<storage, read_write> y1: array<f32>;

// Four numbers a thread; size is a multiple of 4.
@compute @workgroup_size(64)
fn by4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  if (index * 4u < size) {
    y4[index] = gelu4(x4[index]);
  }
}

@compute @workgroup_size(64)
fn by1(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  if (index < size) {
    y1[index] = gelu4(vec4<f32>(x1[index])).x;
  }
}
