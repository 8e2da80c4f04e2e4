// The terms of reduce.wgsl that are the elements of one operand: x's index is the sum of coordinate times stride over the kept
// axes k0..k3 and the reduced axes r0..r2.

override k1Size: u32 = 1u;
override k2Size: u32 = 1u;
override k3Size: u32 = 1u;
override k0: u32 = 0u;
override k1: u32 = 0u;
override k2: u32 = 0u;
override k3: u32 = 0u;
override r1Size: u32 = 1u;
override r2Size: u32 = 1u;
override r0: u32 = 0u;
override r1: u32 = 0u;
override r2: u32 = 0u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

fn term(o: u32, r: u32) -> f32 {
  let c3 = o % k3Size;
  let outer = o / k3Size;
  let c2 = outer % k2Size;
  let rest = outer / k2Size;
  let t2 = r % r2Size;
  let terms = r / r2Size;
  return x[(rest / k1Size) * k0 + (rest % k1Size) * k1 + c2 * k2 + c3 * k3 + (terms / r1Size) * r0 + (terms % r1Size) * r1 + t2 * r2];
}
