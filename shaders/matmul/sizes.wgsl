// Matrix product, first part: sizes. The parts of one kernel are, in order: sizes, a reader of A, a reader of B, a writer
// (with its epilogue), and the loop (tiled 8x8, tiled 4x4 or direct). C[M,N] = A[M,K] B[K,N], for every entry of a batch.
override sizeM: u32;
override sizeN: u32;
override sizeK: u32;
override batches: u32 = 1u;
// K is cut into `splits` parts of kPerSplit (a multiple of 16); part s of entry e is written as entry s * batches + e.
override splits: u32 = 1u;
override kPerSplit: u32;
