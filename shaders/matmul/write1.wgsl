// Plain writer, one float at a time.
@group(0) @binding(2) var<storage, read_write> c: array<f32>;

fn store(entry: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row < sizeM) {
    let start = (entry * sizeM + row) * sizeN + column;
    if (column < sizeN) { c[start] = value.x; }
    if (column + 1u < sizeN) { c[start + 1u] = value.y; }
    if (column + 2u < sizeN) { c[start + 2u] = value.z; }
    if (column + 3u < sizeN) { c[start + 3u] = value.w; }
  }
}

fn leftBlock(batch: u32, m: u32, k: u32) -> mat4x4<f32> {
  return blockA(batch, m, k);
}
