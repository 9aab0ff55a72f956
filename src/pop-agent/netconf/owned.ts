// What this agent configured on its router, by name: written down before it is sent, so that nothing of anybody else is
// ever taken away, not even what bears our prefix.

import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { StateFolder } from "../state-folder.ts";

const Kept = Type.Array(Type.String({ maxLength: 1_024 }));
const FILE = "router-owned.json";

export class Owned {
  readonly #folder: StateFolder;
  #keys: ReadonlySet<string>;

  constructor(folder: StateFolder) {
    this.#folder = folder;
    const kept = folder.read(FILE);
    this.#keys = new Set(Check(Kept, kept) ? kept : []);
  }

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  add(keys: readonly string[]): void {
    if (keys.every((key) => this.#keys.has(key))) return;
    this.#keep(this.#keys.union(new Set(keys)));
  }

  /** The rest is gone from the router. */
  keepOnly(keys: ReadonlySet<string>): void {
    const left = this.#keys.intersection(keys);
    if (left.size < this.#keys.size) this.#keep(left);
  }

  #keep(keys: ReadonlySet<string>): void {
    this.#keys = keys;
    this.#folder.write(FILE, [...keys] satisfies Static<typeof Kept>);
  }
}
