// Where a workgroup stands: tiles along N count fastest (they share rows of A), then tiles along M, entries, splits.
struct Place {
  tileM: u32,
  tileN: u32,
  batch: u32,
  // Where the result goes: split * batches + batch.
  entry: u32,
  firstK: u32,
  lastK: u32,
}

fn placeOf(index: u32, tileRows: u32, tileColumns: u32) -> Place {
  let tilesN = (sizeN + tileColumns - 1u) / tileColumns;
  let tilesM = (sizeM + tileRows - 1u) / tileRows;
  let entry = index / (tilesN * tilesM);
  let split = entry / batches;
  return Place(
    (index / tilesN) % tilesM,
    index % tilesN,
    entry % batches,
    entry,
    split * kPerSplit,
    min(sizeK, (split + 1u) * kPerSplit),
  );
}
