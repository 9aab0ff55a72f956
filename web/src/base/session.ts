// Who is signed in: the token comes in the address (once, and is taken out of it) or from the form, and stays in this tab.

import type { CallerView } from "./types.ts";

const KEY = "srwan.token";
type Listener = () => void;

export class Session {
  #token: string | undefined;
  #caller: CallerView | undefined;
  #refused: string | undefined;
  readonly #listeners = new Set<Listener>();

  constructor() {
    const [, given] = /^#token=(.+)$/.exec(location.hash) ?? [];
    if (given !== undefined) {
      history.replaceState(null, "", `${location.pathname}#/`);
      sessionStorage.setItem(KEY, decodeURIComponent(given));
    }
    this.#token = sessionStorage.getItem(KEY) ?? undefined;
  }

  get token(): string | undefined {
    return this.#token;
  }

  get caller(): CallerView | undefined {
    return this.#caller;
  }

  /** What the service said of the last token, where it did not take it. */
  get refused(): string | undefined {
    return this.#refused;
  }

  may(right: CallerView["may"][number]): boolean {
    return this.#caller?.may.includes(right) ?? false;
  }

  signIn(token: string): void {
    this.#token = token.trim();
    this.#refused = undefined;
    sessionStorage.setItem(KEY, this.#token);
    this.#tell();
  }

  known(caller: CallerView): void {
    this.#caller = caller;
    this.#tell();
  }

  /** By the user, or because the service no longer takes the token. */
  signOut(refused?: string): void {
    if (this.#token === undefined && refused === this.#refused) return;
    this.#token = undefined;
    this.#caller = undefined;
    this.#refused = refused;
    sessionStorage.removeItem(KEY);
    this.#tell();
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
