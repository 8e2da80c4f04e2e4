// Moves numbers between [B, rows*block, columns*block, C] (the plane) and [B, rows, columns, block*block*C] (the depth), one thread a
// number. Depth index = (((b * rows + y) * columns + x) * block² + neighbour) * C + c.
override columns: u32 = 1u;
override block: u32 = 1u;
override channels: u32 = 1u;
// 1: neighbour = dx * block + dy ("column" order); 0: neighbour = dy * block + dx ("row").
override columnOrder: u32 = 0u;
override size: u32;

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

fn planeIndex(depthIndex: u32) -> u32 {
  let channel = depthIndex % channels;
  let neighbour = depthIndex / channels % (block * block);
  let cell = depthIndex / (channels * block * block);
  let major = neighbour / block;
  let minor = neighbour % block;
  let dy = select(major, minor, columnOrder == 1u);
  let dx = select(minor, major, columnOrder == 1u);
  let line = cell / columns * block + dy;
  return (line * columns * block + cell % columns * block + dx) * channels + channel;
}

@compute @workgroup_size(256)
fn toDepth(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index < size) {
    result[index] = source[planeIndex(index)];
  }
}

@compute @workgroup_size(256)
fn toSpace(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index < size) {
    result[planeIndex(index)] = source[index];
  }
}
