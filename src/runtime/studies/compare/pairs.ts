/** The questions that a comparison answers by two of its rows: what does the first have that the second lacks? */
export interface Pair {
  readonly first: string;
  readonly second: string;
  readonly question: string;
}

export const pairs: readonly Pair[] = [
  { first: "ditask", second: "unfrozen", question: "What do the warps add to the groups that are unfrozen with them?" },
  { first: "ditask-warps", second: "decoders", question: "What do the warps do alone?" },
  { first: "unfrozen", second: "decoders", question: "What do the unfrozen groups do alone?" },
  { first: "ditask", second: "ditask-index", question: "Value-warp or index-warp, all unfrozen?" },
  { first: "ditask-warps", second: "ditask-index-warps", question: "Value-warp or index-warp, nothing unfrozen?" },
  { first: "ditask", second: "ditask-shared", question: "What do warps per task add to shared ones?" },
  { first: "ditask", second: "ditask-task", question: "What do shared warps add to those per task?" },
  { first: "ditask-norms", second: "norms", question: "What do the warps add to trained norms?" },
  { first: "ditask", second: "svft", question: "Warps or free shifts of the singular values, all unfrozen?" },
  { first: "ditask-warps", second: "svft-alone", question: "Warps or free shifts, nothing unfrozen?" },
  { first: "ditask", second: "mtlora", question: "Warps or low rank, all unfrozen?" },
  { first: "ditask-warps", second: "lora", question: "Warps or low rank, nothing unfrozen?" },
  { first: "ditask", second: "full", question: "DiTASK or all weights?" },
  { first: "ditask", second: "ditask-single", question: "One DiTASK model for all tasks or one each?" },
];
