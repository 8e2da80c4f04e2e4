// Whether a step is skipped and how its gradient is scaled, by one thread. `loss` holds the sum of the step's losses when the kernel starts.
override epsilon: f32;

@group(0) @binding(0) var<storage, read> squares: array<f32>;
@group(0) @binding(1) var<storage, read> gradientScale: array<f32>;
@group(0) @binding(2) var<storage, read> maxNorm: array<f32>;
@group(0) @binding(3) var<storage, read> holds: array<f32>;
@group(0) @binding(4) var<storage, read_write> norm: array<f32>;
// 1 where the step is skipped, else 0; the factor of the gradient.
@group(0) @binding(5) var<storage, read_write> verdict: array<f32>;
@group(0) @binding(6) var<storage, read_write> loss: array<f32>;

// By the bits: a compiler may take every number to be finite.
fn isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(1)
fn main() {
  let length = sqrt(squares[0]) * gradientScale[0];
  let limit = min(maxNorm[0] / (length + epsilon), 1.0);
  let skipped = !isFinite(squares[0]) || !isFinite(loss[0]);
  norm[0] = length;
  verdict[0] = select(0.0, 1.0, skipped);
  verdict[1] = gradientScale[0] * limit;
  loss[0] = select(0.0, loss[0] + squares[0], skipped && holds[0] != 0.0);
}
