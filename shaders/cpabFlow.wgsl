// What the forward and the gradient kernel of the spectrum warp share: bindings, the preparation of one theta, the way of one point.
// Stands between lib/accurateMath.wgsl and cpabWarp.wgsl or cpabWarpGrad.wgsl.
//
// Follows src/core/math/cpabFlow.ts, which explains the formulas; positions and distances are in cells, u = velocity in cells per unit of
// time, a = slope. Velocities and slopes of vertices, positions in a cell and the velocity where a point starts are pairs of floats: the
// error of a start velocity near a resting point is magnified by the flow, rounding anywhere else only moves the hit time a little.
//
// plan (u32, made by packWarpPlan): 0 rows R; 1 segments G; 2 zero; 3 points P;
//   4 + 4r: pointOffset, pointCount, thetaOffset, cells of row r; 4 + 4R + 4g: firstRow, rowCount, thetaOffset, cells of segment g.
// theta: [thetaLength]; sigma: [P]; time: [1], the flow time t.

// 1: the ends may move and theta has cells + 1 entries; 0: they rest and it has cells - 1.
override freeBoundary: u32 = 0u;
// 1: the sorted curve is read at warped positions; 0: the values themselves are warped.
override indexReading: u32 = 0u;

// Invocations of a workgroup: a power of two, 64 to 256, and at least the cells of every row (warpLanes in src/core/math/warpPlan.ts).
override lanes: u32 = 256u;

@group(0) @binding(0) var<storage, read> theta: array<f32>;
@group(0) @binding(1) var<storage, read> plan: array<u32>;
@group(0) @binding(2) var<storage, read> sigma: array<f32>;
@group(0) @binding(3) var<storage, read> time: array<f32>;

const HEADER = 4u;
const ENTRY = 4u;
// A cell that is never passed takes this long; more than any time that is left.
const NEVER = 3.0e38;
// Velocities below this count as rest: crossing beside one takes more than 60 / slope.
const STANDSTILL = 1.0e-30;
// With free boundary a point goes at most this far beyond the ends, so that nothing overflows.
const FARTHEST = 1.0e15;
const LARGEST_EXPONENT = 60.0;
// Flow times beyond this are cut to it.
const LONGEST_TIME = 1.0e3;

var<workgroup> largestTheta: atomic<u32>;
// Vertex velocities [N+1], slopes [N], and the time to pass a whole cell [N]. The velocities first hold the suffix sums.
var<workgroup> speedHi: array<f32, 257>;
var<workgroup> speedLo: array<f32, 257>;
var<workgroup> slopeHi: array<f32, 256>;
var<workgroup> slopeLo: array<f32, 256>;
var<workgroup> passTime: array<f32, 256>;

// theta is multiplied by `factor`, a power of two with the sign of t, and flows for `duration`: large thetas are scaled down, and time up.
var<private> factor: f32;
var<private> duration: f32;

// Puts velocities, slopes and passing times of theta[offset ..] into workgroup memory; lane j works on vertex and cell j.
fn prepareFlow(offset: u32, cells: u32, lane: u32) {
  hiddenZero = plan[2];
  scaleTheta(offset, cells, lane);
  let kink = kinkOf(offset, cells, lane);
  var tail = Pair(0.0, 0.0);
  if (freeBoundary == 1u) {
    tail = pairQuotient(theta[offset + cells - 1u] * factor, f32(cells));
  }
  let ramps = select(cells - 1u, cells - 2u, freeBoundary == 1u);
  var suffix = Pair(0.0, 0.0);
  if (lane >= 1u && lane <= ramps) {
    suffix = pairQuotient(kink, f32(lane));
  }
  if (lane == cells - 1u) {
    suffix = pairSum(suffix, tail);
  }
  speedHi[lane] = suffix.hi;
  speedLo[lane] = suffix.lo;
  workgroupBarrier();
  for (var reach = 1u; reach < cells; reach *= 2u) {
    if (lane + reach < cells) {
      suffix = pairSum(suffix, Pair(speedHi[lane + reach], speedLo[lane + reach]));
    }
    workgroupBarrier();
    speedHi[lane] = suffix.hi;
    speedLo[lane] = suffix.lo;
    workgroupBarrier();
  }
  var next = tail;
  if (lane + 1u < cells) {
    next = Pair(speedHi[lane + 1u], speedLo[lane + 1u]);
  }
  let slope = pairSum(next, Pair(-kink, 0.0));
  slopeHi[lane] = slope.hi;
  slopeLo[lane] = slope.lo;
  workgroupBarrier();
  var speed = pairProduct(suffix, Pair(f32(lane), 0.0));
  if (lane == 0u) {
    speed = Pair(select(0.0, kink, freeBoundary == 1u), 0.0);
    var end = Pair(0.0, 0.0);
    if (freeBoundary == 1u) {
      end = exactSum(theta[offset + cells - 1u] * factor, theta[offset + cells] * factor);
    }
    speedHi[cells] = end.hi;
    speedLo[cells] = end.lo;
  }
  if (lane < cells) {
    speedHi[lane] = speed.hi;
    speedLo[lane] = speed.lo;
  }
  workgroupBarrier();
  if (lane < cells) {
    passTime[lane] = crossingTime(speedHi[lane], speedHi[lane + 1u], slopeHi[lane], 1.0);
  }
  workgroupBarrier();
}

// Sets factor and duration. The largest entry is brought under 2^40, because then no product of velocities and times overflows.
fn scaleTheta(offset: u32, cells: u32, lane: u32) {
  let entries = select(cells - 1u, cells + 1u, freeBoundary == 1u);
  if (lane == 0u) {
    atomicStore(&largestTheta, 0u);
  }
  workgroupBarrier();
  for (var k = lane; k < entries; k += lanes) {
    atomicMax(&largestTheta, bitcast<u32>(theta[offset + k]) & 0x7fffffffu);
  }
  workgroupBarrier();
  let exponent = atomicLoad(&largestTheta) >> 23u;
  let excess = min(max(exponent, 167u) - 167u, 88u);
  let down = bitcast<f32>((127u - excess) << 23u);
  let up = bitcast<f32>((127u + excess) << 23u);
  factor = select(down, -down, time[0] < 0.0);
  duration = min(abs(time[0]), LONGEST_TIME) * up;
}

// q_j of the table in src/core/math/cpabVertex.ts: the suffix sums S have S_j - S_j+1 = q_j / j, and the slopes are S_j+1 - q_j.
fn kinkOf(offset: u32, cells: u32, j: u32) -> f32 {
  if (j >= cells) {
    return 0.0;
  }
  if (freeBoundary == 0u) {
    if (j == 0u) {
      return 0.0;
    }
    return theta[offset + j - 1u] * factor;
  }
  if (j == cells - 1u) {
    return -theta[offset + cells] * factor;
  }
  return theta[offset + j] * factor;
}

// Time from velocity u0 to u1 over a signed distance, NEVER where one rests or they disagree in direction.
// T = distance ln(u1 / u0) / (u1 - u0) = 2 distance / (u0 + u1) artanh(w) / w with w = (u1 - u0) / (u1 + u0), u1 - u0 = a distance.
fn crossingTime(u0: f32, u1: f32, a: f32, distance: f32) -> f32 {
  if (min(abs(u0), abs(u1)) <= STANDSTILL || (u0 > 0.0) != (u1 > 0.0)) {
    return NEVER;
  }
  let sum = abs(u0) + abs(u1);
  let rise = select(-a * distance, a * distance, u0 > 0.0);
  let w = rise / sum;
  if (abs(w) <= 0.333) {
    return abs(distance) * (2.0 / sum) * artanhSeries(w * w);
  }
  return abs(distance) * (logQuotient(abs(u1), abs(u0)) / rise);
}

// Distance in a time per unit of velocity: integral of e^(a s), s from 0 to span.
fn reachOf(a: f32, span: f32) -> f32 {
  let z = exponentOf(a, span);
  if (abs(z) < 0.35) {
    return span * growthSeries(z);
  }
  if (z < 0.0) {
    return boundedExpm1(z) / a;
  }
  return boundedExpm1(min(z, LARGEST_EXPONENT)) * min(span / z, 1.0e12);
}

// a span, within +-1e30.
fn exponentOf(a: f32, span: f32) -> f32 {
  let limit = 1.0e30 / max(span, 1.0);
  return clamp(a, -limit, limit) * span;
}

// Where a point starts: its cell and its position in it, 0 <= y <= 1.
struct Start {
  cell: u32,
  y: Pair,
}

// Start of value i of the row of `points` values at `offset`: x = sigma / sigma_max, or x = i / (points - 1) without rounding but in the
// last step. The row has two values at least, and a first one above 0 where values are warped.
fn startOf(offset: u32, i: u32, points: u32, cells: u32) -> Start {
  if (indexReading == 1u) {
    let scaled = i * cells;
    let whole = min(scaled / (points - 1u), cells - 1u);
    return Start(whole, pairQuotient(f32(scaled - whole * (points - 1u)), f32(points - 1u)));
  }
  let x = pairQuotient(sigma[offset + i], sigma[offset]);
  let scaled = pairProduct(x, Pair(f32(cells), 0.0));
  var whole = min(floor(scaled.hi), f32(cells) - 1.0);
  if (scaled.hi == whole && scaled.lo < 0.0 && whole > 0.0) {
    whole -= 1.0;
  }
  return Start(u32(whole), exactOrderedSum(rounded(scaled.hi - whole), scaled.lo));
}

// A row that no flow changes: one value read by index, or nothing but zeros.
fn isFixedRow(offset: u32, points: u32) -> bool {
  return select(sigma[offset] == 0.0, points == 1u, indexReading == 1u);
}

// The way of one point. It ends in the cell it starts in, or passes a first part, whole cells and a last part.
struct Way {
  start: u32,
  end: u32,
  // Distance to the left and right vertex and velocity at the start; time and signed distance to the edge (0 where the cell is not left).
  y: f32,
  rest: f32,
  speed: f32,
  firstTime: f32,
  firstDistance: f32,
  // The same where the last part begins; its time and signed distance.
  lastY: f32,
  lastRest: f32,
  enter: f32,
  lastTime: f32,
  lastDistance: f32,
  // phi(x) - x, in cells.
  shift: f32,
}

fn wayOf(origin: Start, cells: u32) -> Way {
  let start = origin.cell;
  let slope = Pair(slopeHi[start], slopeLo[start]);
  // From the nearer vertex, so that a point on a resting vertex rests.
  let fromRight = origin.y.hi > 0.5;
  let toRight = exactSum(rounded(1.0 - origin.y.hi), -origin.y.lo);
  var away = origin.y;
  var near = start;
  if (fromRight) {
    away = pairNegated(toRight);
    near = start + 1u;
  }
  let speed = pairSum(Pair(speedHi[near], speedLo[near]), pairProduct(slope, away)).hi;
  let right = speed > 0.0;
  let step = select(-1, 1, right);
  let toEdge = select(-origin.y.hi, toRight.hi, right);
  let edge = select(start, start + 1u, right);

  var way = Way(start, start, origin.y.hi, toRight.hi, speed, 0.0, 0.0, origin.y.hi, toRight.hi, speed, duration, 0.0, 0.0);
  var hit = NEVER;
  if (!leadsOut(i32(start), step, cells)) {
    hit = crossingTime(speed, speedHi[edge], slope.hi, toEdge);
  }
  var room = abs(toEdge);
  var before = 0.0;
  if (hit <= duration) {
    var cell = i32(start) + step;
    var left = duration - hit;
    for (var passed = 0u; passed < cells; passed++) {
      if (leadsOut(cell, step, cells) || passTime[cell] > left) {
        break;
      }
      left -= passTime[cell];
      cell += step;
    }
    way.end = u32(cell);
    way.firstTime = hit;
    way.firstDistance = toEdge;
    way.lastY = select(1.0, 0.0, right);
    way.lastRest = 1.0 - way.lastY;
    way.enter = speedHi[select(way.end + 1u, way.end, right)];
    way.lastTime = left;
    room = 1.0;
    before = f32(cell - i32(start) - step);
  }
  way.lastDistance = lastDistance(way, room, step, cells);
  way.shift = before + (way.firstDistance + way.lastDistance);
  return way;
}

// Whether the next cell lies outside the domain, where the line of this cell goes on.
fn leadsOut(cell: i32, step: i32, cells: u32) -> bool {
  return cell == select(0, i32(cells) - 1, step > 0);
}

fn lastDistance(way: Way, room: f32, step: i32, cells: u32) -> f32 {
  let bound = select(room, FARTHEST, freeBoundary == 1u && leadsOut(i32(way.end), step, cells));
  let perSpeed = reachOf(slopeHi[way.end], way.lastTime);
  var moved = bound;
  if (abs(way.enter) < bound / max(perSpeed, 1.0e-20)) {
    moved = min(abs(way.enter) * perSpeed, bound);
  }
  return select(-moved, moved, way.enter > 0.0);
}

// Which value of the sorted curve an index-warped value is read from, and how far towards the next one.
struct Reading {
  low: u32,
  high: u32,
  weight: f32,
}

fn readingOf(j: u32, last: u32, shift: f32, cells: u32) -> Reading {
  let moved = shift * (f32(last) / f32(cells));
  let whole = clamp(floor(moved), -1.0e9, 1.0e9);
  var position = i32(j) + i32(whole);
  var rest = moved - whole;
  if (freeBoundary == 0u && position < 0) {
    position = 0;
    rest = 0.0;
  }
  if (freeBoundary == 0u && position >= i32(last)) {
    position = i32(last);
    rest = 0.0;
  }
  let low = clamp(position, 0, i32(last));
  // Beyond the last value the last one stays.
  let weight = select(f32(position - low) + rest, 0.0, low == i32(last));
  return Reading(u32(low), u32(min(low + 1, i32(last))), weight);
}
