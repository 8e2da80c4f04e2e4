// Moves elements between two strided layouts: y[to + Σ c·t] = x[from + Σ c·f] for every coordinate c. Serves copy, transpose,
// broadcast, slice and the parts of a concatenation. lib/axes.wgsl stands in front. `main4` moves quadruples: all its sizes, offsets and
// strides count quadruples.
// One thread an element or quadruple; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override fromOffset: u32 = 0u;
override f0: u32 = 0u;
override f1: u32 = 0u;
override f2: u32 = 0u;
override f3: u32 = 0u;
override f4: u32 = 0u;
override f5: u32 = 0u;
override toOffset: u32 = 0u;
override t0: u32 = 0u;
override t1: u32 = 0u;
override t2: u32 = 0u;
override t3: u32 = 0u;
override t4: u32 = 0u;
override t5: u32 = 0u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(0) var<storage, read> xQuads: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> yQuads: array<vec4<f32>>;

/// The places in x and y of the i-th coordinate.
fn places(i: u32) -> vec2<u32> {
  let c = coordinatesOf(i);
  return vec2<u32>(
    fromOffset + placeOf(c, Axes(vec3<u32>(f0, f1, f2), vec3<u32>(f3, f4, f5))),
    toOffset + placeOf(c, Axes(vec3<u32>(t0, t1, t2), vec3<u32>(t3, t4, t5))),
  );
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    let place = places(i);
    y[place.y] = x[place.x];
  }
}

@compute @workgroup_size(64)
fn main4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    let place = places(i);
    yQuads[place.y] = xQuads[place.x];
  }
}
