// dTheta of all segments of a warp plan: one workgroup a segment, which goes over the rows that share its theta, `lanes` points at a time.
// Stands behind lib/accurateMath.wgsl and cpabFlow.wgsl. Dispatch: G workgroups.
//
// Every invocation first follows one point and leaves what it gives to its first and last cell; then invocation
// lane = share * cells + cell sums for one cell over every shares-th point of the chunk. No atomics: the order is fixed.

@group(0) @binding(4) var<storage, read> dSigma: array<f32>;
@group(0) @binding(5) var<storage, read_write> dTheta: array<f32>;

// Of each point of the chunk: first cell + 65536 * last cell; what its first and last part give to the left and right vertex of their
// cells; its speed at the end times its weight, for the cells that it passed whole.
var<workgroup> pointCells: array<u32, 256>;
var<workgroup> firstLeft: array<f32, 256>;
var<workgroup> firstRight: array<f32, 256>;
var<workgroup> lastLeft: array<f32, 256>;
var<workgroup> lastRight: array<f32, 256>;
var<workgroup> through: array<f32, 256>;

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let entry = HEADER + ENTRY * (plan[0] + group.x);
  let firstRow = plan[entry];
  let rowCount = plan[entry + 1u];
  let offset = plan[entry + 2u];
  let cells = plan[entry + 3u];
  prepareFlow(offset, cells, lane);
  let shares = lanes / cells;
  let cell = lane % cells;
  let share = lane / cells;
  var left = 0.0;
  var right = 0.0;
  var passed = 0.0;
  for (var row = firstRow; row < firstRow + rowCount; row++) {
    let points = plan[HEADER + ENTRY * row + 1u];
    for (var first = 0u; first < points; first += lanes) {
      followPoint(plan[HEADER + ENTRY * row], first + lane, points, cells, lane);
      workgroupBarrier();
      if (share < shares) {
        var sums = vec3<f32>(0.0);
        for (var i = share; i < min(points - first, lanes); i += shares) {
          sums += givenTo(cell, i);
        }
        left += sums.x;
        right += sums.y;
        passed += sums.z;
      }
      workgroupBarrier();
    }
  }
  firstLeft[lane] = left;
  firstRight[lane] = right;
  through[lane] = passed;
  workgroupBarrier();
  let total = cellTotal(lane, cells, shares);
  workgroupBarrier();
  firstRight[lane] = total.y;
  workgroupBarrier();
  writeTheta(total.x, offset, cells, lane);
}

// Leaves what point i of a row gives, 0 beyond its end.
fn followPoint(offset: u32, i: u32, points: u32, cells: u32, lane: u32) {
  pointCells[lane] = 0u;
  firstLeft[lane] = 0.0;
  firstRight[lane] = 0.0;
  lastLeft[lane] = 0.0;
  lastRight[lane] = 0.0;
  through[lane] = 0.0;
  if (i >= points || isFixedRow(offset, points)) {
    return;
  }
  let way = wayOf(startOf(offset, i, points, cells), cells);
  // d sigma' / d theta = sigma_max d phi / d theta.
  var weight = sigma[offset];
  if (indexReading == 1u) {
    // d sigma' / d theta = (n - 1) (sigma[low + 1] - sigma[low]) d phi / d theta.
    let reading = readingOf(i, points - 1u, way.shift, cells);
    let rise = sigma[offset + reading.high] - sigma[offset + reading.low];
    weight = f32(points - 1u) * rise;
  }
  leaveShares(way, weight * dSigma[offset + i], lane);
}

fn leaveShares(way: Way, weight: f32, lane: u32) {
  // A point that was held at the bound stays there whatever theta does.
  if (freeBoundary == 1u && abs(way.lastDistance) >= FARTHEST) {
    return;
  }
  let slope = slopeHi[way.end];
  let last = partOf(way.lastY, way.lastRest, way.lastDistance, way.lastTime, slope);
  pointCells[lane] = way.start + 65536u * way.end;
  lastLeft[lane] = weight * last.x;
  lastRight[lane] = weight * last.y;
  if (way.start == way.end) {
    return;
  }
  // |u| at the end. A growing one is a sum without cancellation, a shrinking one has the exponential.
  let z = exponentOf(slope, way.lastTime);
  let endSpeed = select(abs(way.enter) * boundedExp(z), abs(way.enter) + abs(slope * way.lastDistance), z > 0.0);
  let edge = select(way.start, way.start + 1u, way.speed > 0.0);
  let growth = min(endSpeed / abs(speedHi[edge]), 1.0e12);
  let first = partOf(way.y, way.rest, way.firstDistance, way.firstTime, slopeHi[way.start]);
  firstLeft[lane] = weight * growth * first.x;
  firstRight[lane] = weight * growth * first.y;
  through[lane] = weight * min(endSpeed, 1.0e18);
}

// Sensitivity of the end of a part to the left and right vertex velocity of its cell, from y = 1 - rest over a distance D in the time T.
// The right one gets the integral of y(s) e^(a (T - s)) ds = y E + D T m(a T), the left one rest E - D T m(a T), E = integral of
// e^(a (T - s)) ds.
fn partOf(y: f32, rest: f32, distance: f32, span: f32, a: f32) -> vec2<f32> {
  let whole = min(reachOf(a, span), 1.0e22);
  let moved = distance * min(span * meanPosition(exponentOf(a, span)), 1.0e22);
  return vec2<f32>(rest * whole - moved, y * whole + moved);
}

// What staged point i gives to the left vertex, to the right vertex, and as a passer through of a cell.
fn givenTo(cell: u32, i: u32) -> vec3<f32> {
  let start = pointCells[i] & 0xffffu;
  let end = pointCells[i] >> 16u;
  var sum = vec3<f32>(0.0);
  if (cell == start) {
    sum += vec3<f32>(firstLeft[i], firstRight[i], 0.0);
  }
  if (cell == end) {
    sum += vec3<f32>(lastLeft[i], lastRight[i], 0.0);
  }
  if (cell > min(start, end) && cell < max(start, end)) {
    sum.z = through[i];
  }
  return sum;
}

// Gradient that cell `lane` gives to its left and right vertex, over all shares. A cell passed whole in the time T gives
// T m(-z) / u_0 to the left and T m(z) / u_1 to the right, z = ln(u_1 / u_0), per unit of end speed.
fn cellTotal(lane: u32, cells: u32, shares: u32) -> vec2<f32> {
  if (lane >= cells) {
    return vec2<f32>(0.0);
  }
  var total = vec2<f32>(0.0);
  var passed = 0.0;
  for (var share = 0u; share < shares; share++) {
    let at = share * cells + lane;
    total += vec2<f32>(firstLeft[at], firstRight[at]);
    passed += through[at];
  }
  let span = passTime[lane];
  if (passed != 0.0 && span < NEVER) {
    let z = select(-slopeHi[lane], slopeHi[lane], speedHi[lane] > 0.0) * span;
    let toLeft = min(span * meanPosition(-z) / abs(speedHi[lane]), 1.0e18);
    let toRight = min(span * meanPosition(z) / abs(speedHi[lane + 1u]), 1.0e18);
    total += passed * vec2<f32>(toLeft, toRight);
  }
  return total;
}

// Maps the gradient of the vertices to theta: d / d theta_k = (1 / k) sum over j <= k of j du_j, a prefix sum.
// toLeft: what cell `lane` gives to its left vertex; firstRight[c]: what cell c gives to its right one.
fn writeTheta(toLeft: f32, offset: u32, cells: u32, lane: u32) {
  var vertex = toLeft;
  if (lane > 0u) {
    vertex += firstRight[lane - 1u];
  }
  var sum = f32(lane) * vertex;
  through[lane] = sum;
  workgroupBarrier();
  for (var reach = 1u; reach < cells; reach *= 2u) {
    if (lane >= reach) {
      sum += through[lane - reach];
    }
    workgroupBarrier();
    through[lane] = sum;
    workgroupBarrier();
  }
  if (lane >= cells) {
    return;
  }
  let scale = factor / f32(cells);
  if (freeBoundary == 0u) {
    if (lane > 0u) {
      dTheta[offset + lane - 1u] = scale * (sum / f32(lane));
    }
    return;
  }
  if (lane == 0u) {
    dTheta[offset] = scale * vertex;
  } else if (lane < cells - 1u) {
    dTheta[offset + lane] = scale * (sum / f32(lane));
  } else {
    let end = firstRight[lane];
    dTheta[offset + lane] = scale * (sum / f32(cells) + end);
    dTheta[offset + cells] = scale * end;
  }
}
