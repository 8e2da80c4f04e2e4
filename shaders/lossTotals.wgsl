// The second stage of the losses' sums: one workgroup adds what `count` threads of the first stage left for each term.
// parts: [terms, count]. The order of additions is fixed.
override count: u32;
// Of balancedTotals: the weight of positives; negative where it is the batch's share of negatives.
override positiveWeight: f32 = -1.0;

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> first: array<f32>;
@group(0) @binding(2) var<storage, read_write> second: array<f32>;
@group(0) @binding(3) var<storage, read_write> third: array<f32>;

const LANES = 256u;
var<workgroup> shares: array<f32, LANES>;

fn totalOf(term: u32, lane: u32) -> f32 {
  var share = 0.0;
  for (var i = lane; i < count; i += LANES) {
    share += parts[term * count + i];
  }
  workgroupBarrier();
  shares[lane] = share;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      shares[lane] += shares[lane + half];
    }
  }
  workgroupBarrier();
  return shares[0];
}

@compute @workgroup_size(LANES)
fn oneTotal(@builtin(local_invocation_index) lane: u32) {
  let total = totalOf(0u, lane);
  if (lane == 0u) {
    first[0] = total;
  }
}

@compute @workgroup_size(LANES)
fn twoTotals(@builtin(local_invocation_index) lane: u32) {
  let numerator = totalOf(0u, lane);
  let denominator = totalOf(1u, lane);
  if (lane == 0u) {
    first[0] = numerator;
    second[0] = denominator;
  }
}

// Terms: loss of positives, loss of negatives, positives, negatives → w pos + (1-w) neg, count, w.
@compute @workgroup_size(LANES)
fn balancedTotals(@builtin(local_invocation_index) lane: u32) {
  let positiveLoss = totalOf(0u, lane);
  let negativeLoss = totalOf(1u, lane);
  let positives = totalOf(2u, lane);
  let negatives = totalOf(3u, lane);
  if (lane == 0u) {
    let all = positives + negatives;
    let weight = select(positiveWeight, negatives / max(all, 1.0), positiveWeight < 0.0);
    first[0] = weight * positiveLoss + (1.0 - weight) * negativeLoss;
    second[0] = all;
    third[0] = weight;
  }
}
