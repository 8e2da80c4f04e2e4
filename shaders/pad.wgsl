// Zeros around: y[c] = x[c - before] where that lies inside x, else 0. Axes: size0 outermost to size5 innermost, of y; inner0 to
// inner5 are x's sizes; unused outer axes have size 1 on both sides.
// One thread an element of y; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override size1: u32 = 1u;
override size2: u32 = 1u;
override size3: u32 = 1u;
override size4: u32 = 1u;
override size5: u32 = 1u;
override before0: u32 = 0u;
override before1: u32 = 0u;
override before2: u32 = 0u;
override before3: u32 = 0u;
override before4: u32 = 0u;
override before5: u32 = 0u;
override inner0: u32 = 1u;
override inner1: u32 = 1u;
override inner2: u32 = 1u;
override inner3: u32 = 1u;
override inner4: u32 = 1u;
override inner5: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i >= count) {
    return;
  }
  // Below `before` the subtraction wraps around to a huge number, so one comparison tests both sides.
  var rest = i;
  let c5 = rest % size5 - before5;
  rest /= size5;
  let c4 = rest % size4 - before4;
  rest /= size4;
  let c3 = rest % size3 - before3;
  rest /= size3;
  let c2 = rest % size2 - before2;
  rest /= size2;
  let c1 = rest % size1 - before1;
  let c0 = rest / size1 - before0;
  if (c0 < inner0 && c1 < inner1 && c2 < inner2 && c3 < inner3 && c4 < inner4 && c5 < inner5) {
    y[i] = x[((((c0 * inner1 + c1) * inner2 + c2) * inner3 + c3) * inner4 + c4) * inner5 + c5];
  } else {
    y[i] = 0.0;
  }
}
