// The loop through workgroup memory: a thread computes 4 rows by 4 columns, a workgroup (threadsM * 4) by (threadsN * 4).
// Every accumulator is a variable of its own, so that no compiler has to unroll a loop to keep it in a register.
//
// A tile holds 16 steps of k. At step k it has a row of vec4, four rows of A (columns of B) each; position p of that row lies at
// p ^ (k / 4 * 2), so that threads which store transposed blocks hit different banks. Tiles are at least 8 vec4 wide.
override threadsM: u32 = 8u;
override threadsN: u32 = 8u;
// 16 * threadsM and 16 * threadsN: vec4 in a tile of A and of B.
override tileSizeA: u32;
override tileSizeB: u32;

var<workgroup> tileA: array<vec4<f32>, tileSizeA>;
var<workgroup> tileB: array<vec4<f32>, tileSizeB>;

// Loads step k..k+15 of both tiles, blocks of 4 by 4 a thread.
fn loadTiles(thread: u32, batch: u32, m: u32, n: u32, k: u32) {
  let widthA = tileSizeA / 16u;
  let widthB = tileSizeB / 16u;
  for (var i = thread; i < 4u * (widthA + widthB); i += threadsM * threadsN) {
    let kBlock = i % 4u;
    let position = i / 4u;
    if (position < widthA) {
      let block = leftBlock(batch, m + 4u * position, k + 4u * kBlock);
      let start = 4u * kBlock * widthA + (position ^ (kBlock * 2u));
      tileA[start] = block[0];
      tileA[start + widthA] = block[1];
      tileA[start + 2u * widthA] = block[2];
      tileA[start + 3u * widthA] = block[3];
    } else {
      let block = blockB(batch, n + 4u * (position - widthA), k + 4u * kBlock);
      let start = 4u * kBlock * widthB + ((position - widthA) ^ (kBlock * 2u));
      tileB[start] = block[0];
      tileB[start + widthB] = block[1];
      tileB[start + 2u * widthB] = block[2];
      tileB[start + 3u * widthB] = block[3];
    }
  }
}

@compute @workgroup_size(threadsN, threadsM)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let place = placeOf(group.y * 32768u + group.x, 4u * threadsM, 4u * threadsN);
  if (place.entry >= batches * splits) {
    return;
  }
  let m = place.tileM * 4u * threadsM;
  let n = place.tileN * 4u * threadsN;
  let widthA = tileSizeA / 16u;
  let widthB = tileSizeB / 16u;
  var c00 = vec4<f32>();
  var c10 = vec4<f32>();
  var c20 = vec4<f32>();
  var c30 = vec4<f32>();
  for (var k = place.firstK; k < place.lastK; k += 16u) {
    loadTiles(thread, place.batch, m, n, k);
    workgroupBarrier();
    for (var step = 0u; step < 16u; step++) {
      let swizzle = (step / 4u) * 2u;
      let a0 = tileA[step * widthA + (local.y ^ swizzle)];
      let b0 = tileB[step * widthB + (local.x ^ swizzle)];
      c00 = fma(vec4<f32>(a0.x), b0, c00);
      c10 = fma(vec4<f32>(a0.y), b0, c10);
      c20 = fma(vec4<f32>(a0.z), b0, c20);
      c30 = fma(vec4<f32>(a0.w), b0, c30);
    }
    workgroupBarrier();
  }
  let row = m + 4u * local.y;
  let column = n + 4u * local.x;
  store(place.entry, row, column, c00);
  store(place.entry, row + 1u, column, c10);
  store(place.entry, row + 2u, column, c20);
  store(place.entry, row + 3u, column, c30);
}
