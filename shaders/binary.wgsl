// z[i] = f(x[i'], y[i'']) with broadcasting; `f` is chosen by an override. math.wgsl and lib/axes.wgsl stand in front.
// `main`: one thread an element; x0 to x5 and y0 to y5 are the operands' strides, 0 where an operand is stretched.
// `main4`: equal shapes, or one number against all (xStep, yStep 0), sizes divisible by 4; one thread computes four neighbours.
// thread = (group.y * 32768 + group.x) * 64 + local.

override op: u32;
override count: u32;
override x0: u32 = 0u;
override x1: u32 = 0u;
override x2: u32 = 0u;
override x3: u32 = 0u;
override x4: u32 = 0u;
override x5: u32 = 0u;
override y0: u32 = 0u;
override y1: u32 = 0u;
override y2: u32 = 0u;
override y3: u32 = 0u;
override y4: u32 = 0u;
override y5: u32 = 0u;
override xStep: u32 = 1u;
override yStep: u32 = 1u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> zQuads: array<vec4<f32>>;

fn apply(a: f32, b: f32) -> f32 {
  switch op {
    case 0u: { return a + b; }
    case 1u: { return a - b; }
    case 2u: { return a * b; }
    case 3u: { return a / b; }
    case 4u: { return larger(a, b); }
    case 5u: { return smaller(a, b); }
    case 6u: { return select(0.0, 1.0, a > b); }
    default: { return select(0.0, 1.0, a == b); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i >= count) {
    return;
  }
  let c = coordinatesOf(i);
  let a = x[placeOf(c, Axes(vec3<u32>(x0, x1, x2), vec3<u32>(x3, x4, x5)))];
  let b = y[placeOf(c, Axes(vec3<u32>(y0, y1, y2), vec3<u32>(y3, y4, y5)))];
  z[i] = apply(a, b);
}

@compute @workgroup_size(64)
fn main4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * 32768u + group.x) * 64u + local;
  if (i < count) {
    let a = i * 4u * xStep;
    let b = i * 4u * yStep;
    zQuads[i] = vec4<f32>(
      apply(x[a], y[b]),
      apply(x[a + xStep], y[b + yStep]),
      apply(x[a + 2u * xStep], y[b + 2u * yStep]),
      apply(x[a + 3u * xStep], y[b + 3u * yStep]),
    );
  }
}
