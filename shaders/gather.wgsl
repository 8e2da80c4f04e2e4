// y[r, c] = x[indices[r], c], rows of `inner` elements (main) or quadruples (main4).
// One thread an element or quadruple of y; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(0) var<storage, read> xQuads: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> yQuads: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    y[i] = x[u32(indices[i / inner]) * inner + i % inner];
  }
}

@compute @workgroup_size(64)
fn main4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    yQuads[i] = xQuads[u32(indices[i / inner]) * inner + i % inner];
  }
}
