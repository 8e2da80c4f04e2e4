// Head vectors by fours: headSize is a multiple of 4. `start` is the first float of a head's vector.
@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> logSumExp: array<f32>;

fn readQkv(start: u32, quarter: u32) -> vec4<f32> {
  return qkv[start / 4u + quarter];
}

fn writeY(start: u32, quarter: u32, value: vec4<f32>) {
  y[start / 4u + quarter] = value;
}
