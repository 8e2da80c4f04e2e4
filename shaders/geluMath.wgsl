// erf, GELU and its derivative on four numbers; no builtin but exp is trusted.

// Least-squares fits at Chebyshev nodes: x P(x^2) on [0, 1] (1.3e-9 relative), 1 - exp(-Q(x)) on [1, 4] (3.2e-9); 1 beyond.
fn erf4(x: vec4<f32>) -> vec4<f32> {
  let s = min(x * x, vec4<f32>(1.0));
  var p = vec4<f32>(7.84725913e-05);
  p = fma(p, s, vec4<f32>(-0.000800818932));
  p = fma(p, s, vec4<f32>(0.00518809889));
  p = fma(p, s, vec4<f32>(-0.0268536911));
  p = fma(p, s, vec4<f32>(0.112835822));
  p = fma(p, s, vec4<f32>(-0.376126256));
  p = fma(p, s, vec4<f32>(1.12837917));
  let t = clamp(abs(x), vec4<f32>(1.0), vec4<f32>(4.0));
  var q = vec4<f32>(-0.000154331686);
  q = fma(q, t, vec4<f32>(0.00264016488));
  q = fma(q, t, vec4<f32>(-0.0206359474));
  q = fma(q, t, vec4<f32>(0.100653697));
  q = fma(q, t, vec4<f32>(0.640903219));
  q = fma(q, t, vec4<f32>(1.12546698));
  q = fma(q, t, vec4<f32>(0.000731748282));
  let tail = sign(x) * (vec4<f32>(1.0) - exp(-q));
  return select(tail, p * x, abs(x) < vec4<f32>(1.0));
}

fn normalDistribution4(x: vec4<f32>) -> vec4<f32> {
  return 0.5 * (vec4<f32>(1.0) + erf4(x * 0.70710678118654752));
}

fn gelu4(x: vec4<f32>) -> vec4<f32> {
  return x * normalDistribution4(x);
}

// Φ(x) + x φ(x); beyond 14 the density is zero in float32, and x² must not overflow there.
fn geluSlope4(x: vec4<f32>) -> vec4<f32> {
  let near = clamp(x, vec4<f32>(-14.0), vec4<f32>(14.0));
  return normalDistribution4(x) + near * exp(-0.5 * near * near) * 0.39894228040143268;
}
