// y[i] = one number, given by its bits. One thread an element; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override bits: u32;

@group(0) @binding(0) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    y[i] = bits;
  }
}
