// y[r, c] = Σ x[s, c] over the rows s whose index is r, in rising order: no atomics, so the sum is the same in every run.
// `rows` is the inverted index: rows[r] to rows[r + 1] bounds the list of sources of row r, both counted from the table's start.
// One thread an element of y; thread = (group.y * 32768 + group.x) * 64 + local.

override count: u32;
override inner: u32;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i >= count) {
    return;
  }
  let row = i / inner;
  let column = i % inner;
  var sum = 0.0;
  for (var at = rows[row]; at < rows[row + 1u]; at++) {
    sum += x[rows[at] * inner + column];
  }
  y[i] = sum;
}
