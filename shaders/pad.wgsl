// Zeros around: y[c] = x[c - before] where that lies inside x, else 0. lib/axes.wgsl stands in front, with the axes of y; inner0 to inner5
// are x's sizes.
// One thread an element of y; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
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
  let c = coordinatesOf(i);
  let outer = c.outer - vec3<u32>(before0, before1, before2);
  let inner = c.inner - vec3<u32>(before3, before4, before5);
  if (all(outer < vec3<u32>(inner0, inner1, inner2)) && all(inner < vec3<u32>(inner3, inner4, inner5))) {
    let row = (outer.x * inner1 + outer.y) * inner2 + outer.z;
    y[i] = x[((row * inner3 + inner.x) * inner4 + inner.y) * inner5 + inner.z];
  } else {
    y[i] = 0.0;
  }
}
