// Elementary functions that hold about 2e-7 relative error on every driver, SwiftShader included, where the built-in `exp` has
// 6.5e-7, `log` loses all digits near 1 and `tanh` has 3e-4 near 0. This text is put in front of the shaders that use it.
// The polynomials are minimax fits of our own, made in float64 and rounded to float32; the interval of each is named.

/// NaN is told by its bits: a compiler may take `x != x` to be false.
fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

/// A number whose bits reach the shader as an override; infinities are no constants of the language.
fn fromBits(bits: u32) -> f32 {
  var runtime = bits;
  return bitcast<f32>(runtime);
}

/// 2^n for n in [-126, 127].
fn powerOfTwo(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}

/// exp(x) = 2^n exp(r), r = x - n ln 2 in [-0.347, 0.347]; ln 2 in two parts, so that r keeps its digits.
fn preciseExp(x: f32) -> f32 {
  let bounded = clamp(x, -104.0, 89.0);
  let n = round(bounded * 1.4426950);
  let r = fma(n, -1.4286068e-6, fma(n, -0.693145752, bounded));
  let tail = fma(r, fma(r, fma(r, fma(r, 1.3950486e-3, 8.368888e-3), 4.1666206e-2), 0.16666518), 0.5);
  let value = fma(r * r, tail, r) + 1.0;
  // Two factors, since 2^n itself may lie outside the range of float32.
  let half = i32(n) / 2;
  let scaled = value * powerOfTwo(half) * powerOfTwo(i32(n) - half);
  return select(scaled, x, isNan(x));
}

/// ln(1 + f) for f in [-0.293, 0.4143]: 2 atanh(s) with s = f / (2 + f), written so that f itself is the leading term.
fn logNearOne(f: f32) -> f32 {
  let s = f / (2.0 + f);
  let z = s * s;
  let tail = z * fma(z, fma(z, fma(z, 0.23331583, 0.28550813), 0.4000012), 0.6666667);
  let halfSquare = 0.5 * f * f;
  return f - (halfSquare - s * (halfSquare + tail));
}

/// ln(x) = k ln 2 + ln(m), m in [sqrt(1/2), sqrt(2)); -infinity at 0, NaN below, infinity at infinity.
fn preciseLog(x: f32) -> f32 {
  let small = x < 1.1754944e-38;
  let normal = select(x, x * 8388608.0, small);
  let bits = bitcast<u32>(normal) + (0x3f800000u - 0x3f3504f3u);
  let k = i32(bits >> 23u) - 127 - select(0, 23, small);
  let m = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u);
  let value = fma(f32(k), 0.693145752, fma(f32(k), 1.4286068e-6, logNearOne(m - 1.0)));
  let finite = select(value, x, bitcast<u32>(x) == 0x7f800000u || isNan(x));
  return select(select(finite, fromBits(0x7fc00000u), x < 0.0), fromBits(0xff800000u), x == 0.0);
}

/// ln(1 + x), accurate near 0: there 1 + x is never formed.
fn preciseLog1p(x: f32) -> f32 {
  return select(preciseLog(1.0 + x), logNearOne(x), x > -0.292 && x < 0.414);
}

/// erf: x P(x²) on [-1, 1], 1 - exp(Q(|x|)) with Q = ln erfc on [1, 4], ±1 beyond.
fn preciseErf(x: f32) -> f32 {
  let s = x * x;
  var p = fma(s, -9.680136e-6, 1.1270544e-4);
  p = fma(s, p, -8.484711e-4);
  p = fma(s, p, 5.221075e-3);
  p = fma(s, p, -2.6865445e-2);
  p = fma(s, p, 0.11283783);
  p = fma(s, p, -0.37612638);
  p = fma(s, p, 1.1283792);
  let t = min(abs(x), 4.0);
  var q = fma(t, 2.513264e-7, -2.5314806e-5);
  q = fma(t, q, 4.63788e-4);
  q = fma(t, q, -4.282383e-3);
  q = fma(t, q, 2.5373556e-2);
  q = fma(t, q, -0.108638994);
  q = fma(t, q, -0.6330396);
  q = fma(t, q, -1.1296612);
  q = fma(t, q, 2.0435987e-4);
  let far = select(1.0 - preciseExp(q), 1.0, abs(x) > 4.0);
  let value = select(x * p, select(far, -far, x < 0.0), abs(x) > 1.0);
  return select(value, x, isNan(x));
}

/// tanh: x P(x²) on [-0.6, 0.6], 1 - 2 / (exp(2|x|) + 1) beyond.
fn preciseTanh(x: f32) -> f32 {
  let s = x * x;
  let p = fma(s, fma(s, fma(s, fma(s, -5.863216e-3, 2.0763585e-2), -5.3771846e-2), 0.13331729), -0.33333284);
  let far = 1.0 - 2.0 / (preciseExp(2.0 * min(abs(x), 20.0)) + 1.0);
  let value = select(fma(x * s, p, x), select(far, -far, x < 0.0), abs(x) > 0.6);
  return select(value, x, isNan(x));
}

/// 1 / (1 + exp(-x)); the exponent is bounded so that no infinity is divided by.
fn preciseSigmoid(x: f32) -> f32 {
  return select(1.0 / (1.0 + preciseExp(-clamp(x, -88.0, 88.0))), x, isNan(x));
}

/// max(x, 0) that lets NaN through.
fn relu(x: f32) -> f32 {
  return select(x, 0.0, x <= 0.0);
}

/// The larger of two, NaN when either is.
fn larger(x: f32, y: f32) -> f32 {
  return select(select(y, x, x > y), x, isNan(x));
}

/// The smaller of two, NaN when either is.
fn smaller(x: f32, y: f32) -> f32 {
  return select(select(y, x, x < y), x, isNan(x));
}
