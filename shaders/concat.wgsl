// Joins up to seven parts along one axis in one dispatch. With rows outside the axis and `inner` elements inside it, y is
// [rows, axis, inner], and part p covers [start_p, start_p+1) of the axis; starts beyond the last part equal the axis' size.
// An absent part is bound to the first one and never read.
// One thread an element of y; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override axis: u32;
override inner: u32;
override start1: u32;
override start2: u32;
override start3: u32;
override start4: u32;
override start5: u32;
override start6: u32;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> c: array<f32>;
@group(0) @binding(3) var<storage, read> d: array<f32>;
@group(0) @binding(4) var<storage, read> e: array<f32>;
@group(0) @binding(5) var<storage, read> f: array<f32>;
@group(0) @binding(6) var<storage, read> g: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i >= count) {
    return;
  }
  let column = i % inner;
  let at = (i / inner) % axis;
  let row = i / (inner * axis);
  if (at < start1) {
    y[i] = a[(row * start1 + at) * inner + column];
  } else if (at < start2) {
    y[i] = b[(row * (start2 - start1) + at - start1) * inner + column];
  } else if (at < start3) {
    y[i] = c[(row * (start3 - start2) + at - start2) * inner + column];
  } else if (at < start4) {
    y[i] = d[(row * (start4 - start3) + at - start3) * inner + column];
  } else if (at < start5) {
    y[i] = e[(row * (start5 - start4) + at - start4) * inner + column];
  } else if (at < start6) {
    y[i] = f[(row * (start6 - start5) + at - start5) * inner + column];
  } else {
    y[i] = g[(row * (axis - start6) + at - start6) * inner + column];
  }
}
