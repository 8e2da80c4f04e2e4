// z[i] = condition[i'] ≠ 0 ? a[i''] : b[i'''] with broadcasting. The branch not taken is read but never computed with, so NaN
// in it does not leak. The output index is taken apart over up to six axes (size0 outermost, size5 innermost; unused outer axes
// have size 1); an operand's index is the sum of coordinate times stride, stride 0 where it is stretched.
// One thread an element; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override size1: u32 = 1u;
override size2: u32 = 1u;
override size3: u32 = 1u;
override size4: u32 = 1u;
override size5: u32 = 1u;
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
  var rest = i;
  let i5 = rest % size5;
  rest /= size5;
  let i4 = rest % size4;
  rest /= size4;
  let i3 = rest % size3;
  rest /= size3;
  let i2 = rest % size2;
  rest /= size2;
  let i1 = rest % size1;
  let i0 = rest / size1;
  let chosen = condition[i0 * c0 + i1 * c1 + i2 * c2 + i3 * c3 + i4 * c4 + i5 * c5] != 0.0;
  let fromA = a[i0 * a0 + i1 * a1 + i2 * a2 + i3 * a3 + i4 * a4 + i5 * a5];
  let fromB = b[i0 * b0 + i1 * b1 + i2 * b2 + i3 * b3 + i4 * b4 + i5 * b5];
  z[i] = select(fromB, fromA, chosen);
}
