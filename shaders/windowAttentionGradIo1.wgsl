// Head vectors float by float, padded with zeros to fours. `start` is the first float of a head's vector.
@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> logSumExp: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(6) var<storage, read_write> biasShares: array<f32>;

fn readQkv(start: u32, quarter: u32) -> vec4<f32> {
  var value = vec4<f32>();
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    value[i] = qkv[start + quarter * 4u + i];
  }
  return value;
}

fn readY(start: u32, quarter: u32) -> vec4<f32> {
  var value = vec4<f32>();
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    value[i] = y[start + quarter * 4u + i];
  }
  return value;
}

fn readDy(start: u32, quarter: u32) -> vec4<f32> {
  var value = vec4<f32>();
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    value[i] = dy[start + quarter * 4u + i];
  }
  return value;
}

fn writeDqkv(start: u32, quarter: u32, value: vec4<f32>) {
  for (var i = 0u; i < 4u && quarter * 4u + i < headSize; i++) {
    dqkv[start + quarter * 4u + i] = value[i];
  }
}
