// Bilinear resize of [B,inHeight,inWidth,C] to [B,outHeight,outWidth,C] (align_corners false) and its derivative, one thread a number
// of the result. Output pixel o looks at position (2o+1) in / (2 out) - 1/2, held inside [0, in-1]; the arithmetic on positions is in
// integers, in units of 1 / (2 out) input pixels, so both directions see exactly the same weights.
override inHeight: u32 = 1u;
override inWidth: u32 = 1u;
override outHeight: u32 = 1u;
override outWidth: u32 = 1u;
override channels: u32 = 1u;
// Numbers of the result: of y forward, of dx backward.
override size: u32;

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;

// Where output pixel o looks, in units of 1 / (2 out) input pixels.
fn position(o: u32, inSize: u32, outSize: u32) -> i32 {
  let centre = i32((2u * o + 1u) * inSize) - i32(outSize);
  return clamp(centre, 0, i32(2u * outSize * (inSize - 1u)));
}

// The left or upper pixel that output o reads, and the weight of the next one.
struct Taps { first: u32, second: u32, weight: f32 }

fn tapsOf(o: u32, inSize: u32, outSize: u32) -> Taps {
  let at = u32(position(o, inSize, outSize));
  let unit = 2u * outSize;
  let first = at / unit;
  return Taps(first, min(first + 1u, inSize - 1u), f32(at - first * unit) / f32(unit));
}

@compute @workgroup_size(256)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index >= size) {
    return;
  }
  let channel = index % channels;
  let pixel = index / channels;
  let horizontal = tapsOf(pixel % outWidth, inWidth, outWidth);
  let vertical = tapsOf(pixel / outWidth % outHeight, inHeight, outHeight);
  let sample = pixel / (outWidth * outHeight);
  let above = (sample * inHeight + vertical.first) * inWidth;
  let below = (sample * inHeight + vertical.second) * inWidth;
  let upper = mix(
    source[(above + horizontal.first) * channels + channel],
    source[(above + horizontal.second) * channels + channel],
    horizontal.weight,
  );
  let lower = mix(
    source[(below + horizontal.first) * channels + channel],
    source[(below + horizontal.second) * channels + channel],
    horizontal.weight,
  );
  result[index] = mix(upper, lower, vertical.weight);
}

// The outputs that may read input pixel i: those that look nearer than one pixel to it. First, and one past the last.
fn readersOf(i: u32, inSize: u32, outSize: u32) -> vec2<u32> {
  let low = ((2 * i32(i) - 1) * i32(outSize) - i32(inSize)) / (2 * i32(inSize));
  let high = ((2 * i32(i) + 3) * i32(outSize) - i32(inSize)) / (2 * i32(inSize)) + 2;
  return vec2<u32>(u32(max(select(low, 0, i == 0u), 0)), u32(min(high, i32(outSize))));
}

// The weight with which output o reads input pixel i: a hat of width one pixel.
fn weightOf(o: u32, i: u32, inSize: u32, outSize: u32) -> f32 {
  let unit = 2 * i32(outSize);
  let distance = abs(position(o, inSize, outSize) - i32(i) * unit);
  return f32(max(unit - distance, 0)) / f32(unit);
}

@compute @workgroup_size(256)
fn backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 256u + local;
  if (index >= size) {
    return;
  }
  let channel = index % channels;
  let pixel = index / channels;
  let column = pixel % inWidth;
  let row = pixel / inWidth % inHeight;
  let sample = pixel / (inWidth * inHeight);
  let rows = readersOf(row, inHeight, outHeight);
  let columns = readersOf(column, inWidth, outWidth);
  var sum = 0.0;
  for (var oy = rows.x; oy < rows.y; oy++) {
    var line = 0.0;
    let start = (sample * outHeight + oy) * outWidth;
    for (var ox = columns.x; ox < columns.y; ox++) {
      line += weightOf(ox, column, inWidth, outWidth) * source[(start + ox) * channels + channel];
    }
    sum += weightOf(oy, row, inHeight, outHeight) * line;
  }
  result[index] = sum;
}
