/** One colour for each contestant by its place in the race, the first in ink: the others are compared with it. */
export const contestantColour = (index: number): string => (index === 0 ? "var(--ink)" : `var(--task-${index - 1})`);
