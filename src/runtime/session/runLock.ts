/** Stands before the id of a run in the name of the lock that the tab in which it works holds. */
export const RUN_LOCK = "run:";
