// The derivative of window attention. Follows windowAttentionPlaces and windowAttentionGradIo. P is recomputed from the
// log-sum-exp:  D_i = dy_i·y_i,  dS = P (dy vᵀ - D),  dq = dS k / √d,  dk = dSᵀ q / √d,  dv = Pᵀ dy,  dbias = Σ_windows dS.
//
// A unit goes through windowsPerUnit windows of one head and adds up its share of dbias, [units of the grid, M², M²], in memory
// that no other unit touches. Per window: thread = query for dq, then thread = key for dk and dv.

override windowsPerUnit: u32;
// Of the whole grid: groups of windows times heads.
override unitCount: u32;
override dBias: bool;
// units * chunk * quarters and threads * (chunk + 1)
override chunkSize: u32;
override offsetsSize: u32;

// [units, chunk, quarters]: keys and values for the first pass, queries (scaled) and dy for the second.
var<workgroup> firsts: array<vec4<f32>, chunkSize>;
var<workgroup> seconds: array<vec4<f32>, chunkSize>;
var<workgroup> offsets: array<f32, offsetsSize>;
// [units, M²]: log-sum-exp and D of each query.
var<workgroup> statistics: array<vec2<f32>, threads>;

@compute @workgroup_size(tokens, units)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let unit = (group.y * 32768u + group.x) * units + local.y;
  let head = unit % heads;
  let channels = heads * headSize;
  let token = local.x;
  let slots = local.y * tokens;
  let slot = slots + token;
  let chunkStart = local.y * chunk * quarters;
  let windowCount = batch * (height / window) * (width / window);

  for (var step = 0u; step < windowsPerUnit; step++) {
    let windowIndex = (unit / heads) * windowsPerUnit + step;
    let inside = unit < unitCount && windowIndex < windowCount;
    findPlace(windowIndex, token, slot);
    workgroupBarrier();

    let headStart = head * headSize;
    let place = places[slot];
    var a: array<vec4<f32>, quarters>;
    var b: array<vec4<f32>, quarters>;
    var da: array<vec4<f32>, quarters>;
    var db: array<vec4<f32>, quarters>;

    // First pass, thread = query: a = q / √d, b = dy, da = dq.
    var products = vec4<f32>();
    var logSum = 0.0;
    for (var c = 0u; c < quarters; c++) {
      // Said outright: Dawn 0.6.2 with SwiftShader leaves an array declared in a loop as the last round left it.
      da[c] = vec4<f32>();
    }
    if (inside) {
      for (var c = 0u; c < quarters; c++) {
        a[c] = scale * readQkv(place * 3u * channels + headStart, c);
        b[c] = readDy(place * channels + headStart, c);
        products = fma(b[c], readY(place * channels + headStart, c), products);
      }
      logSum = logSumExp[(windowIndex * heads + head) * tokens + token];
    }
    let own = vec2<f32>(logSum, sum4(products));
    statistics[slot] = own;
    for (var first = 0u; first < tokens; first += chunk) {
      for (var i = token; i < chunk * quarters; i += tokens) {
        let key = first + i / quarters;
        var k = vec4<f32>();
        var v = vec4<f32>();
        if (inside && key < tokens) {
          let start = places[slots + key] * 3u * channels + channels + headStart;
          k = readQkv(start, i % quarters);
          v = readQkv(start + channels, i % quarters);
        }
        firsts[chunkStart + i] = k;
        seconds[chunkStart + i] = v;
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
      for (var i = 0u; i < chunk; i++) {
        var score = vec4<f32>();
        var dP = vec4<f32>();
        for (var c = 0u; c < quarters; c++) {
          score = fma(a[c], firsts[chunkStart + i * quarters + c], score);
          dP = fma(b[c], seconds[chunkStart + i * quarters + c], dP);
        }
        let p = exp(sum4(score) + offsets[slot * (chunk + 1u) + i] - own.x);
        let dS = p * (sum4(dP) - own.y);
        for (var c = 0u; c < quarters; c++) {
          da[c] = fma(vec4<f32>(dS), firsts[chunkStart + i * quarters + c], da[c]);
        }
      }
      workgroupBarrier();
    }
    let ownStart = place * 3u * channels + headStart;
    if (inside) {
      for (var c = 0u; c < quarters; c++) {
        writeDqkv(ownStart, c, scale * da[c]);
      }
    }

    // Second pass, thread = key: a = k, b = v, da = dk, db = dv.
    for (var c = 0u; c < quarters; c++) {
      da[c] = vec4<f32>();
      db[c] = vec4<f32>();
      if (inside) {
        a[c] = readQkv(ownStart + channels, c);
        b[c] = readQkv(ownStart + 2u * channels, c);
      }
    }
    for (var first = 0u; first < tokens; first += chunk) {
      for (var i = token; i < chunk * quarters; i += tokens) {
        let query = first + i / quarters;
        var q = vec4<f32>();
        var dOut = vec4<f32>();
        if (inside && query < tokens) {
          let start = places[slots + query] * channels;
          q = scale * readQkv(start * 3u + headStart, i % quarters);
          dOut = readDy(start + headStart, i % quarters);
        }
        firsts[chunkStart + i] = q;
        seconds[chunkStart + i] = dOut;
      }
      workgroupBarrier();
      let end = select(0u, min(chunk, tokens - first), unit < unitCount);
      for (var i = 0u; i < end; i++) {
        let query = first + i;
        let pair = (head * tokens + query) * tokens + token;
        var dS = 0.0;
        if (inside) {
          var score = vec4<f32>();
          var dP = vec4<f32>();
          for (var c = 0u; c < quarters; c++) {
            score = fma(a[c], firsts[chunkStart + i * quarters + c], score);
            dP = fma(b[c], seconds[chunkStart + i * quarters + c], dP);
          }
          let row = statistics[slots + query];
          let p = exp(sum4(score) + bias[pair] + maskOf(slots + query, slot) - row.x);
          dS = p * (sum4(dP) - row.y);
          for (var c = 0u; c < quarters; c++) {
            da[c] = fma(vec4<f32>(dS), firsts[chunkStart + i * quarters + c], da[c]);
            db[c] = fma(vec4<f32>(p), seconds[chunkStart + i * quarters + c], db[c]);
          }
        }
        if (dBias) {
          let share = (unit * tokens + query) * tokens + token;
          if (step == 0u) {
            biasShares[share] = dS;
          } else {
            biasShares[share] += dS;
          }
        }
      }
      workgroupBarrier();
    }
    if (inside) {
      for (var c = 0u; c < quarters; c++) {
        writeDqkv(ownStart + channels, c, da[c]);
        writeDqkv(ownStart + 2u * channels, c, db[c]);
      }
    }
  }
}
