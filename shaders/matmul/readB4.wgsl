// Operand B, four floats at a time. B is [batch,K,N], or [batch,N,K] where transposeB; its last axis is a multiple of 4.
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
override transposeB: bool = false;
// Floats from one matrix of the batch to the next; 0 where all entries share one.
override strideB: u32 = 0u;

fn rowB(base: u32, outer: u32, inner: u32, outerSize: u32, innerSize: u32) -> vec4<f32> {
  if (outer < outerSize && inner < innerSize) {
    return b[base + (outer * innerSize + inner) / 4u];
  }
  return vec4<f32>();
}

// Column i holds n..n+3 at k + i; zero outside. n and k are multiples of 4.
fn blockB(batch: u32, n: u32, k: u32) -> mat4x4<f32> {
  let base = batch * (strideB / 4u);
  if (!transposeB) {
    return mat4x4<f32>(
      rowB(base, k, n, sizeK, sizeN),
      rowB(base, k + 1u, n, sizeK, sizeN),
      rowB(base, k + 2u, n, sizeK, sizeN),
      rowB(base, k + 3u, n, sizeK, sizeN),
    );
  }
  return transpose(mat4x4<f32>(
    rowB(base, n, k, sizeN, sizeK),
    rowB(base, n + 1u, k, sizeN, sizeK),
    rowB(base, n + 2u, k, sizeN, sizeK),
    rowB(base, n + 3u, k, sizeN, sizeK),
  ));
}
