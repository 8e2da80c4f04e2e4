// Arithmetic that does not lean on WGSL's builtin log and exp (SwiftShader's log is off by 13 % near 1), and sums and products of two
// floats kept as an unevaluated pair, hi + lo, which carries about 48 bits. A text to put in front of a kernel; it has no entry point.

// A pair is only worth its bits while rounded intermediate values stay rounded. WGSL lets a compiler reassociate, so such values pass
// through `rounded`, an exclusive or with a word that the entry point loads from a buffer (where it is 0).
var<private> hiddenZero: u32;

fn rounded(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ hiddenZero);
}

struct Pair {
  hi: f32,
  lo: f32,
}

// a + b exactly (Knuth's two-sum).
fn exactSum(a: f32, b: f32) -> Pair {
  let sum = rounded(a + b);
  let bPart = rounded(sum - a);
  let aPart = rounded(sum - bPart);
  return Pair(sum, rounded(a - aPart) + rounded(b - bPart));
}

// a + b exactly where |a| >= |b|.
fn exactOrderedSum(a: f32, b: f32) -> Pair {
  let sum = rounded(a + b);
  return Pair(sum, b - rounded(sum - a));
}

// a * b exactly (Dekker's two-product; the halves are cut by bits and have 12 of them each).
fn exactProduct(a: f32, b: f32) -> Pair {
  let product = rounded(a * b);
  let aHigh = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bHigh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let aLow = rounded(a - aHigh);
  let bLow = rounded(b - bHigh);
  let first = rounded(rounded(aHigh * bHigh) - product);
  let second = rounded(first + rounded(aHigh * bLow));
  let third = rounded(second + rounded(aLow * bHigh));
  return Pair(product, third + rounded(aLow * bLow));
}

// a / b to about 46 bits.
fn pairQuotient(a: f32, b: f32) -> Pair {
  let quotient = rounded(a / b);
  let product = exactProduct(quotient, b);
  let rest = rounded(rounded(a - product.hi) - product.lo);
  return exactOrderedSum(quotient, rest / b);
}

fn pairSum(a: Pair, b: Pair) -> Pair {
  let high = exactSum(a.hi, b.hi);
  let low = exactSum(a.lo, b.lo);
  let middle = exactOrderedSum(high.hi, high.lo + low.hi);
  return exactOrderedSum(middle.hi, middle.lo + low.lo);
}

fn pairProduct(a: Pair, b: Pair) -> Pair {
  let product = exactProduct(a.hi, b.hi);
  return exactOrderedSum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

fn pairNegated(a: Pair) -> Pair {
  return Pair(-a.hi, -a.lo);
}

const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;
const LOG2_E = 1.44269504;

// (e^z - 1) / z for |z| <= 0.36, relative error below 6e-8.
fn growthSeries(z: f32) -> f32 {
  return 1.0 + z * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0 + z * (1.0 / 720.0 + z * (1.0 / 5040.0))))));
}

// e^z - 1 with a relative error near rounding, for z <= 88; below -87 it is -1.
fn boundedExpm1(z: f32) -> f32 {
  let inRange = clamp(z, -87.0, 88.0);
  let power = floor(inRange * LOG2_E + 0.5);
  let rest = rounded(rounded(inRange - power * LN2_HIGH) - power * LN2_LOW);
  let scale = bitcast<f32>(u32(i32(power) + 127) << 23u);
  return scale * (rest * growthSeries(rest)) + (scale - 1.0);
}

// e^z, 0 < result < infinity.
fn boundedExp(z: f32) -> f32 {
  let inRange = clamp(z, -87.0, 88.0);
  let power = floor(inRange * LOG2_E + 0.5);
  let rest = rounded(rounded(inRange - power * LN2_HIGH) - power * LN2_LOW);
  let scale = bitcast<f32>(u32(i32(power) + 127) << 23u);
  return scale + scale * (rest * growthSeries(rest));
}

// artanh(w) / w as a function of w^2, for |w| <= 1/3.
fn artanhSeries(square: f32) -> f32 {
  let high = 1.0 / 9.0 + square * (1.0 / 11.0 + square * (1.0 / 13.0 + square * (1.0 / 15.0)));
  return 1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0 + square * high)));
}

// ln(a / b) for positive normal numbers; the exponents are taken apart, so that the quotient cannot overflow.
fn logQuotient(a: f32, b: f32) -> f32 {
  let aBits = bitcast<u32>(a);
  let bBits = bitcast<u32>(b);
  var power = f32(i32(aBits >> 23u) - i32(bBits >> 23u));
  var ratio = bitcast<f32>((aBits & 0x7fffffu) | 0x3f800000u) / bitcast<f32>((bBits & 0x7fffffu) | 0x3f800000u);
  if (ratio > 1.4142135) {
    ratio *= 0.5;
    power += 1.0;
  } else if (ratio < 0.70710678) {
    ratio *= 2.0;
    power -= 1.0;
  }
  let w = (ratio - 1.0) / (ratio + 1.0);
  return power * LN2_HIGH + (2.0 * w * artanhSeries(w * w) + power * LN2_LOW);
}

// 1 / (1 - e^-z) - 1 / z: increases from 0 over 1/2 at z = 0 to 1.
fn meanPosition(z: f32) -> f32 {
  if (abs(z) > 1.0) {
    return -1.0 / boundedExpm1(-z) - 1.0 / z;
  }
  let square = z * z;
  let high = 1.0 / 30240.0 + square * (-1.0 / 1209600.0 + square * (1.0 / 47900160.0));
  return 0.5 + z * (1.0 / 12.0 + square * (-1.0 / 720.0 + square * high));
}
