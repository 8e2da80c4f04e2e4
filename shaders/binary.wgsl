// z[i] = f(x[i'], y[i'']) with broadcasting; `f` is chosen by an override. math.wgsl stands in front.
// `main`: one thread an element. The output index is taken apart over up to six axes (size0 outermost, size5 innermost; unused
// outer axes have size 1); an operand's index is the sum of coordinate times stride, stride 0 where it is stretched.
// `main4`: equal shapes, or one number against all (xStep, yStep 0), sizes divisible by 4; one thread computes four neighbours.
// thread = (group.y * 32768 + group.x) * 64 + local.

override op: u32;
override count: u32;
override size1: u32 = 1u;
override size2: u32 = 1u;
override size3: u32 = 1u;
override size4: u32 = 1u;
override size5: u32 = 1u;
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
  var rest = i;
  let c5 = rest % size5;
  rest /= size5;
  let c4 = rest % size4;
  rest /= size4;
  let c3 = rest % size3;
  rest /= size3;
  let c2 = rest % size2;
  rest /= size2;
  let c1 = rest % size1;
  let c0 = rest / size1;
  let a = x[c0 * x0 + c1 * x1 + c2 * x2 + c3 * x3 + c4 * x4 + c5 * x5];
  let b = y[c0 * y0 + c1 * y1 + c2 * y2 + c3 * y3 + c4 * y4 + c5 * y5];
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
