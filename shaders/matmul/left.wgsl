// What the loops read of A in a product with an epilogue: blocks of A, or of A times a scale along K where innerScale, which is then
// [innerGroups,K], one row for each entry of the batch or one for all. Follows matmulEpilogue.
fn leftBlock(batch: u32, m: u32, k: u32) -> mat4x4<f32> {
  let block = blockA(batch, m, k);
  if (!innerScale) {
    return block;
  }
  let start = scaleStart + (batch % innerGroups) * sizeK;
  let at = start + min(vec4<u32>(k) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(sizeK - 1u));
  return mat4x4<f32>(block[0] * scale[at.x], block[1] * scale[at.y], block[2] * scale[at.z], block[3] * scale[at.w]);
}
