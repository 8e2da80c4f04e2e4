// z[i] = condition[i'] ≠ 0 ? a[i''] : b[i'''] with broadcasting. The branch not taken is read but never computed with, so NaN
// in it does not leak. lib/axes.wgsl stands in front; c0 to c5, a0 to a5 and b0 to b5 are the operands' strides, 0 where one is stretched.
// One thread an element; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override c0: u32 = 0u;
override c1: u32 = 0u;
override c2: u32 = 0u;
override c3: u32 = 0u;
override c4: u32 = 0u;
override c5: u32 = 0u;
override a0: u32 = 0u;
override a1: u32 = 0u;
override a2: u32 = 0u;
override a3: u32 = 0u;
override a4: u32 = 0u;
override a5: u32 = 0u;
override b0: u32 = 0u;
override b1: u32 = 0u;
override b2: u32 = 0u;
override b3: u32 = 0u;
override b4: u32 = 0u;
override b5: u32 = 0u;

@group(0) @binding(0) var<storage, read> condition: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i >= count) {
    return;
  }
  let c = coordinatesOf(i);
  let chosen = condition[placeOf(c, Axes(vec3<u32>(c0, c1, c2), vec3<u32>(c3, c4, c5)))] != 0.0;
  let fromA = a[placeOf(c, Axes(vec3<u32>(a0, a1, a2), vec3<u32>(a3, a4, a5)))];
  let fromB = b[placeOf(c, Axes(vec3<u32>(b0, b1, b2), vec3<u32>(b3, b4, b5)))];
  z[i] = select(fromB, fromA, chosen);
}
