// Sum (op 0) or maximum (op 1) over some axes. The kept axes k0..k3 (sizes k1Size..k3Size, k0 outermost) give the output o, the
// reduced axes r0..r2 (r0 outermost) give the term r; x's index is the sum of coordinate times stride over both.
// The `length` terms of an output are cut into `splits` chunks of `chunk`; chunk s of output o goes to y[s * outputs + o], and a
// second dispatch reduces the chunks. math.wgsl stands in front.
// `perThread`: one thread a chunk, neighbours in o are neighbours in memory; thread = (group.y * 32768 + group.x) * 64 + local.
// `perGroup`:  one workgroup of 64 a chunk, neighbours in r are neighbours in memory; group = group.y * 32768 + group.x.

override op: u32;
override outputs: u32;
override length: u32;
override splits: u32;
override chunk: u32;
override k1Size: u32 = 1u;
override k2Size: u32 = 1u;
override k3Size: u32 = 1u;
override k0: u32 = 0u;
override k1: u32 = 0u;
override k2: u32 = 0u;
override k3: u32 = 0u;
override r1Size: u32 = 1u;
override r2Size: u32 = 1u;
override r0: u32 = 0u;
override r1: u32 = 0u;
override r2: u32 = 0u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

var<workgroup> lanes: array<f32, 64>;

fn baseOf(o: u32) -> u32 {
  var rest = o;
  let c3 = rest % k3Size;
  rest /= k3Size;
  let c2 = rest % k2Size;
  rest /= k2Size;
  return (rest / k1Size) * k0 + (rest % k1Size) * k1 + c2 * k2 + c3 * k3;
}

fn offsetOf(r: u32) -> u32 {
  let rest = r / r2Size;
  return (rest / r1Size) * r0 + (rest % r1Size) * r1 + (r % r2Size) * r2;
}

fn empty() -> f32 {
  return select(0.0, fromBits(0xff800000u), op == 1u);
}

fn join(a: f32, b: f32) -> f32 {
  if (op == 1u) {
    return larger(a, b);
  }
  return a + b;
}

/// Terms start, start + step, ... below end: sixteen at a time, so that rounding grows with the blocks and not with the terms.
fn fold(base: u32, start: u32, end: u32, step: u32) -> f32 {
  var total = empty();
  var r = start;
  while (r < end) {
    var block = empty();
    for (var n = 0u; n < 16u && r < end; n++) {
      block = join(block, x[base + offsetOf(r)]);
      r += step;
    }
    total = join(total, block);
  }
  return total;
}

@compute @workgroup_size(64)
fn perThread(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < outputs * splits) {
    let start = (i / outputs) * chunk;
    y[i] = fold(baseOf(i % outputs), start, min(start + chunk, length), 1u);
  }
}

@compute @workgroup_size(64)
fn perGroup(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = group.y * 32768u + group.x;
  let start = (i / outputs) * chunk;
  lanes[local] = empty();
  if (i < outputs * splits) {
    lanes[local] = fold(baseOf(i % outputs), start + local, min(start + chunk, length), 64u);
  }
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) {
      lanes[local] = join(lanes[local], lanes[local + half]);
    }
    workgroupBarrier();
  }
  if (local == 0u && i < outputs * splits) {
    y[i] = lanes[0];
  }
}
