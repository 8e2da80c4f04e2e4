// Plain writer, four floats at a time: N is a multiple of 4.
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row < sizeM && column < sizeN) {
    c[((entry * sizeM + row) * sizeN + column) / 4u] = value;
  }
}

fn leftBlock(batch: u32, m: u32, k: u32) -> mat4x4<f32> {
  return blockA(batch, m, k);
}
