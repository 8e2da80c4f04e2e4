// Moves elements between two strided layouts: y[to + Σ c·t] = x[from + Σ c·f] for every coordinate c. Serves copy, transpose,
// broadcast, slice and the parts of a concatenation. The coordinates run over up to six axes (size0 outermost, size5 innermost;
// unused outer axes have size 1). `main4` moves quadruples: all its sizes, offsets and strides count quadruples.
// One thread an element or quadruple; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override size1: u32 = 1u;
override size2: u32 = 1u;
override size3: u32 = 1u;
override size4: u32 = 1u;
override size5: u32 = 1u;
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
  var rest = i;
  let c5 = rest % size5;
  rest /= size5;
  let c4 = rest % size4;
  rest /= size4;
  let c3 = rest % size3;
  rest /= size3;
  let c2 = rest % size2;
  rest /= size2;
  let c1 = rest % size1;
  let c0 = rest / size1;
  return vec2<u32>(
    fromOffset + c0 * f0 + c1 * f1 + c2 * f2 + c3 * f3 + c4 * f4 + c5 * f5,
    toOffset + c0 * t0 + c1 * t1 + c2 * t2 + c3 * t3 + c4 * t4 + c5 * t5,
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
