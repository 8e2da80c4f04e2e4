/** Code that is fetched when it is first needed, and what is said where it does not come. */

/** A part of the program that did not come: offline, or the server has a newer version of it. */
export class PartError extends Error {
  override readonly name = "PartError";

  constructor(what: string, cause: unknown) {
    super(
      `${what} could not be loaded. You may be offline, or a new version was published. Try again, or reload the page.`,
      { cause },
    );
  }
}

/** The address that Chromium and Firefox name where a module did not come; undefined: none. */
const addressIn = (error: unknown): string | undefined =>
  /\bhttps?:\/\/\S+\.m?js\b/.exec(error instanceof Error ? error.message : "")?.[0];

let tries = 0;

/** In a page or its worker; elsewhere code does not come over a network, and what fails says more by itself. */
const isPage = (): boolean => (globalThis as { location?: unknown }).location !== undefined;

/**
 * `load` imports a module; `what` begins the sentence that says that it did not come. Browsers may remember that a module failed: it is asked for
 * once more by an address of its own.
 * @throws PartError where it does not come.
 */
export async function loadPart<T>(what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isPage()) throw cause;
    const address = addressIn(cause);
    if (address === undefined) throw new PartError(what, cause);
    try {
      return (await import(/* @vite-ignore */ `${address}?again=${++tries}`)) as T;
    } catch {
      throw new PartError(what, cause);
    }
  }
}
