// Operand A, one float at a time. A is [batch,M,K], or [batch,K,M] where transposeA.
@group(0) @binding(0) var<storage, read> a: array<f32>;
override transposeA: bool = false;
// Floats from one matrix of the batch to the next; 0 where all entries share one.
override strideA: u32 = 0u;

fn rowA(base: u32, outer: u32, inner: u32, outerSize: u32, innerSize: u32) -> vec4<f32> {
  var row = vec4<f32>();
  if (outer < outerSize) {
    let start = base + outer * innerSize + inner;
    if (inner < innerSize) { row.x = a[start]; }
    if (inner + 1u < innerSize) { row.y = a[start + 1u]; }
    if (inner + 2u < innerSize) { row.z = a[start + 2u]; }
    if (inner + 3u < innerSize) { row.w = a[start + 3u]; }
  }
  return row;
}

// Column i holds m..m+3 at k + i; zero outside. m and k are multiples of 4.
fn blockA(batch: u32, m: u32, k: u32) -> mat4x4<f32> {
  let base = batch * strideA;
  if (transposeA) {
    return mat4x4<f32>(
      rowA(base, k, m, sizeK, sizeM),
      rowA(base, k + 1u, m, sizeK, sizeM),
      rowA(base, k + 2u, m, sizeK, sizeM),
      rowA(base, k + 3u, m, sizeK, sizeM),
    );
  }
  return transpose(mat4x4<f32>(
    rowA(base, m, k, sizeM, sizeK),
    rowA(base, m + 1u, k, sizeM, sizeK),
    rowA(base, m + 2u, k, sizeM, sizeK),
    rowA(base, m + 3u, k, sizeM, sizeK),
  ));
}
