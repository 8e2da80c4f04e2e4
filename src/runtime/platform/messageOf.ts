/** What was thrown, in words: libraries throw other things than errors too. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
