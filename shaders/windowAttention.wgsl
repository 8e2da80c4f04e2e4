// y = softmax(q kᵀ / √d + bias + mask) v by windows, and the log-sum-exp of each row of scores. Follows windowAttentionPlaces and
// windowAttentionIo. Thread = query; keys and values pass through workgroup memory by chunks, with a running maximum (Milakov
// and Gimelshein 2018), so that no scores are stored.

// [units, chunk, quarters]; sizes are units * chunk * quarters and threads * (chunk + 1).
override chunkSize: u32;
override offsetsSize: u32;
var<workgroup> keys: array<vec4<f32>, chunkSize>;
var<workgroup> values: array<vec4<f32>, chunkSize>;
// [units, M², chunk + 1]: bias and mask; the odd row length keeps threads on different banks.
var<workgroup> offsets: array<f32, offsetsSize>;

@compute @workgroup_size(tokens, units)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let unit = (group.y * 32768u + group.x) * units + local.y;
  let inside = unit < batch * (height / window) * (width / window) * heads;
  let head = unit % heads;
  let channels = heads * headSize;
  let token = local.x;
  let slots = local.y * tokens;
  let chunkStart = local.y * chunk * quarters;
  findPlace(unit / heads, token, slots + token);
  workgroupBarrier();

  let place = places[slots + token];
  var q: array<vec4<f32>, quarters>;
  var o: array<vec4<f32>, quarters>;
  if (inside) {
    for (var c = 0u; c < quarters; c++) {
      q[c] = scale * readQkv(place * 3u * channels + head * headSize, c);
    }
  }
  var top = lowest;
  var total = 0.0;
  for (var first = 0u; first < tokens; first += chunk) {
    for (var i = token; i < chunk * quarters; i += tokens) {
      let key = first + i / quarters;
      var k = vec4<f32>();
      var v = vec4<f32>();
      if (inside && key < tokens) {
        let start = places[slots + key] * 3u * channels + channels + head * headSize;
        k = readQkv(start, i % quarters);
        v = readQkv(start + channels, i % quarters);
      }
      keys[chunkStart + i] = k;
      values[chunkStart + i] = v;
    }
    for (var i = token; i < chunk * tokens; i += tokens) {
      let query = i / chunk;
      let key = first + i % chunk;
      var offset = lowest;
      if (inside && key < tokens) {
        offset = bias[(head * tokens + query) * tokens + key] + maskOf(slots + query, slots + key);
      }
      offsets[(slots + query) * (chunk + 1u) + i % chunk] = offset;
    }
    workgroupBarrier();

    var scores: array<f32, chunk>;
    var newTop = top;
    for (var i = 0u; i < chunk; i++) {
      var products = vec4<f32>();
      for (var c = 0u; c < quarters; c++) {
        products = fma(q[c], keys[chunkStart + i * quarters + c], products);
      }
      scores[i] = sum4(products) + offsets[(slots + token) * (chunk + 1u) + i];
      newTop = max(newTop, scores[i]);
    }
    let shrink = exp(top - newTop);
    top = newTop;
    total *= shrink;
    for (var c = 0u; c < quarters; c++) {
      o[c] *= shrink;
    }
    for (var i = 0u; i < chunk; i++) {
      let p = exp(scores[i] - top);
      total += p;
      for (var c = 0u; c < quarters; c++) {
        o[c] = fma(vec4<f32>(p), values[chunkStart + i * quarters + c], o[c]);
      }
    }
    workgroupBarrier();
  }

  if (inside) {
    for (var c = 0u; c < quarters; c++) {
      writeY(place * channels + head * headSize, c, o[c] / total);
    }
    // A Newton step on exp(l) = total mends what the builtin logarithm lacks near 1.
    let guess = log(total);
    logSumExp[unit * tokens + token] = top + guess + (total * exp(-guess) - 1.0);
  }
}
