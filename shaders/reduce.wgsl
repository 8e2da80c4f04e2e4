// Sum (op 0) or maximum (op 1) over some axes. The kept axes k0..k3 (sizes k1Size..k3Size, k0 outermost) give the output o, the
// reduced axes r0..r2 (r0 outermost) give the term r; what stands in front of this file declares the output `y` and `term(o, r)`:
// reduceTerms.wgsl for the elements of one operand, generated text for an elementwise program. math.wgsl stands before both.
// The `length` terms of an output are cut into `splits` chunks of `chunk`; chunk s of output o goes to y[s * outputs + o], and a
// second dispatch reduces the chunks.
// `perThread`: one thread a chunk, neighbours in o are neighbours in memory; thread = (group.y * 32768 + group.x) * 64 + local.
// `perColumns`: one workgroup of 16 x 16 for 16 neighbouring outputs; lane column + 16 slot takes the terms slot, slot + 16, ...
//              group = group.y * 32768 + group.x counts blocks of 16 outputs, chunk by chunk.
// `perGroup`:  one workgroup of 64 a chunk, neighbours in r are neighbours in memory; group = group.y * 32768 + group.x.

override op: u32;
override outputs: u32;
override length: u32;
override splits: u32;
override chunk: u32;

var<workgroup> lanes: array<f32, 64>;
var<workgroup> columns: array<f32, 256>;

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
fn fold(o: u32, start: u32, end: u32, step: u32) -> f32 {
  var total = empty();
  var r = start;
  while (r < end) {
    var block = empty();
    for (var n = 0u; n < 16u && r < end; n++) {
      block = join(block, term(o, r));
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
    y[i] = fold(i % outputs, start, min(start + chunk, length), 1u);
  }
}

@compute @workgroup_size(64)
fn perGroup(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = group.y * 32768u + group.x;
  let start = (i / outputs) * chunk;
  lanes[local] = empty();
  if (i < outputs * splits) {
    lanes[local] = fold(i % outputs, start + local, min(start + chunk, length), 64u);
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

@compute @workgroup_size(256)
fn perColumns(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let blocks = (outputs + 15u) / 16u;
  let block = group.y * 32768u + group.x;
  let o = (block % blocks) * 16u + local % 16u;
  let s = block / blocks;
  let inside = o < outputs && s < splits;
  columns[local] = empty();
  if (inside) {
    columns[local] = fold(o, s * chunk + local / 16u, min(s * chunk + chunk, length), 16u);
  }
  workgroupBarrier();
  for (var half = 128u; half >= 16u; half /= 2u) {
    if (local < half) {
      columns[local] = join(columns[local], columns[local + half]);
    }
    workgroupBarrier();
  }
  if (local < 16u && inside) {
    y[s * outputs + o] = columns[local];
  }
}
