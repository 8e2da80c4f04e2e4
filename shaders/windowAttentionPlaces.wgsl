// Window attention, first part: where the tokens of a window lie. Letters as in core/ops/windowAttention.ts.
// A unit is a team of M² threads, one a token, that works on one (window, head); a workgroup holds several units.
// `const quarters: u32` comes before this text: head size / 4, rounded up (arrays of a thread cannot be sized by overrides).
override batch: u32;
override height: u32;
override width: u32;
override heads: u32;
override headSize: u32;
override window: u32;
override shift: u32;
// M²
override tokens: u32;
override units: u32;
// units * M²
override threads: u32;
// 1 / sqrt(headSize)
override scale: f32;

// Keys (or queries) that are in workgroup memory at a time.
const chunk = 8u;
// A score that no other is below; its exponential is 0.
const lowest = -1e30;

// [units, M²]: the token's index in [B,H,W], and its region for the mask.
var<workgroup> places: array<u32, threads>;
var<workgroup> regions: array<u32, threads>;

fn regionOf(i: u32, size: u32) -> u32 {
  return select(select(2u, 1u, i < size - shift), 0u, i < size - window);
}

// windowIndex counts the windows of all images; slot is the place of the token's thread in the workgroup.
fn findPlace(windowIndex: u32, token: u32, slot: u32) {
  let columns = width / window;
  let perImage = columns * (height / window);
  let inImage = windowIndex % perImage;
  let row = (inImage / columns) * window + token / window;
  let column = (inImage % columns) * window + token % window;
  let image = windowIndex / perImage;
  places[slot] = (image * height + (row + shift) % height) * width + (column + shift) % width;
  regions[slot] = 3u * regionOf(row, height) + regionOf(column, width);
}

// Added to the score of two tokens of a unit, given their slots.
fn maskOf(slotI: u32, slotJ: u32) -> f32 {
  return select(0.0, -100.0, shift > 0u && regions[slotI] != regions[slotJ]);
}

fn sum4(v: vec4<f32>) -> f32 {
  return (v.x + v.y) + (v.z + v.w);
}
