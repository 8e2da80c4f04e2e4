// Head vectors float by float, padded with zeros to fours. `start` is the first float of a head's vector.
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> logSumExp: array<f32>;

fn readQkv(start: u32, quarter: u32) -> vec4<f32> {
  var value = vec4<f32>();
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    value[i] = qkv[start + quarter * 4u + i];
  }
  return value;
}

fn writeY(start: u32, quarter: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    y[start + quarter * 4u + i] = value[i];
  }
}
