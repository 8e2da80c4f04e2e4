export const root: string;
export function checkNode(): void;
export function ensurePackages(): void;
export function findChromium(): { executable: string; icd: string | null } | null;
export function ensureChromium(): { executable: string; icd: string | null };
