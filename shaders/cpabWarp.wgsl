// sigma' of all rows of a warp plan: one workgroup a row, one invocation a singular value, `lanes` at a time.
// Stands behind lib/accurateMath.wgsl and cpabFlow.wgsl. Dispatch: R workgroups.
// warped[pointOffset + i] of row r for i = lanes * chunk + lane.

@group(0) @binding(4) var<storage, read_write> warped: array<f32>;

// Running minima of a chunk, in two halves that take turns.
var<workgroup> minima: array<f32, 512>;

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let entry = HEADER + ENTRY * group.x;
  let offset = plan[entry];
  let points = plan[entry + 1u];
  let cells = plan[entry + 3u];
  prepareFlow(plan[entry + 2u], cells, lane);
  // An increasing flow keeps values descending; the running minimum keeps them so against rounding too.
  var carried = NEVER;
  for (var first = 0u; first < points; first += lanes) {
    let i = first + lane;
    var value = NEVER;
    if (i < points) {
      value = warpedValue(offset, i, points, cells);
    }
    var half = 0u;
    minima[lane] = value;
    workgroupBarrier();
    for (var reach = 1u; reach < lanes; reach *= 2u) {
      if (lane >= reach) {
        value = min(value, minima[half + lane - reach]);
      }
      half = lanes - half;
      minima[half + lane] = value;
      workgroupBarrier();
    }
    if (i < points) {
      warped[offset + i] = min(value, carried);
    }
    carried = min(carried, minima[half + lanes - 1u]);
    workgroupBarrier();
  }
}

fn warpedValue(offset: u32, i: u32, points: u32, cells: u32) -> f32 {
  if (isFixedRow(offset, points)) {
    return sigma[offset];
  }
  let way = wayOf(startOf(offset, i, points, cells), cells);
  if (indexReading == 1u) {
    let reading = readingOf(i, points - 1u, way.shift, cells);
    return (1.0 - reading.weight) * sigma[offset + reading.low] + reading.weight * sigma[offset + reading.high];
  }
  let largest = sigma[offset];
  let moved = sigma[offset + i] + largest * (way.shift / f32(cells));
  return select(clamp(moved, 0.0, largest), moved, freeBoundary == 1u);
}
