// The second stage of a product whose K was split: sums the parts in order and hands the sum to the writer with its epilogue.
// parts: [splits, batch, M, N]; a thread takes four neighbours of a row.
@group(0) @binding(0) var<storage, read> parts: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  let perRow = (sizeN + 3u) / 4u;
  let row = index / perRow;
  let column = (index % perRow) * 4u;
  if (row >= batches * sizeM) {
    return;
  }
  var sum = vec4<f32>();
  for (var split = 0u; split < splits; split++) {
    let start = (split * batches * sizeM + row) * sizeN;
    let at = start + min(vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(sizeN - 1u));
    sum += vec4<f32>(parts[at.x], parts[at.y], parts[at.z], parts[at.w]);
  }
  store(row / sizeM, row % sizeM, column, sum);
}
