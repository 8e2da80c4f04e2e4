// Head vectors by fours: headSize is a multiple of 4. `start` is the first float of a head's vector.
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> logSumExp: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> biasShares: array<f32>;

fn readQkv(start: u32, quarter: u32) -> vec4<f32> {
  return qkv[start / 4u + quarter];
}

fn readY(start: u32, quarter: u32) -> vec4<f32> {
  return y[start / 4u + quarter];
}

fn readDy(start: u32, quarter: u32) -> vec4<f32> {
  return dy[start / 4u + quarter];
}

fn writeDqkv(start: u32, quarter: u32, value: vec4<f32>) {
  dqkv[start / 4u + quarter] = value;
}
