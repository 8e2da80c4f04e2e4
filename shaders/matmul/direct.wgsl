// The loop without workgroup memory: a thread computes 4 rows by 4 columns from storage. For software adapters and small products.
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let index = (group.y * 32768u + group.x) * 64u + local;
  let place = placeOf(index, 4u, 4u);
  if (place.entry >= batches * splits) {
    return;
  }
  let m = place.tileM * 4u;
  let n = place.tileN * 4u;
  var c0 = vec4<f32>();
  var c1 = vec4<f32>();
  var c2 = vec4<f32>();
  var c3 = vec4<f32>();
  for (var k = place.firstK; k < place.lastK; k += 4u) {
    let a = leftBlock(place.batch, m, k);
    let b = blockB(place.batch, n, k);
    c0 = fma(vec4<f32>(a[0].x), b[0], c0);
    c1 = fma(vec4<f32>(a[0].y), b[0], c1);
    c2 = fma(vec4<f32>(a[0].z), b[0], c2);
    c3 = fma(vec4<f32>(a[0].w), b[0], c3);
    c0 = fma(vec4<f32>(a[1].x), b[1], c0);
    c1 = fma(vec4<f32>(a[1].y), b[1], c1);
    c2 = fma(vec4<f32>(a[1].z), b[1], c2);
    c3 = fma(vec4<f32>(a[1].w), b[1], c3);
    c0 = fma(vec4<f32>(a[2].x), b[2], c0);
    c1 = fma(vec4<f32>(a[2].y), b[2], c1);
    c2 = fma(vec4<f32>(a[2].z), b[2], c2);
    c3 = fma(vec4<f32>(a[2].w), b[2], c3);
    c0 = fma(vec4<f32>(a[3].x), b[3], c0);
    c1 = fma(vec4<f32>(a[3].y), b[3], c1);
    c2 = fma(vec4<f32>(a[3].z), b[3], c2);
    c3 = fma(vec4<f32>(a[3].w), b[3], c3);
  }
  store(place.entry, m, n, c0);
  store(place.entry, m + 1u, n, c1);
  store(place.entry, m + 2u, n, c2);
  store(place.entry, m + 3u, n, c3);
}
