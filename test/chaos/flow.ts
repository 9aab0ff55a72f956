// Numbered datagrams from one node to another, for as long as a test breaks things.

import { setTimeout as sleep } from "node:timers/promises";
import type { Post } from "../agent/world.ts";

const EVERY_MS = 2;
const listening = new WeakSet<Post>();

export class Flow {
  readonly #from: Post;
  readonly #to: Post;
  #lost: Promise<number> | undefined;
  /** Known when it has ended. */
  sent = 0;

  private constructor(from: Post, to: Post) {
    this.#from = from;
    this.#to = to;
  }

  static async start(from: Post, to: Post, host: string, port: number): Promise<Flow> {
    if (!listening.has(to)) await to.ask("listen", port);
    listening.add(to);
    await to.ask("heard");
    await from.ask("startFlow", host, port, EVERY_MS);
    return new Flow(from, to);
  }

  /** How many of them did not arrive; ended once more it says the same. */
  end(): Promise<number> {
    this.#lost ??= this.#count();
    return this.#lost;
  }

  /** What is under way is waited for: a receiver on a busy machine reads what arrived a second ago. */
  async #count(): Promise<number> {
    this.sent = await this.#from.ask("endFlow");
    const arrived = new Set<number>();
    for (let quiet = 0; quiet < 3 && arrived.size < this.sent; ) {
      await sleep(200);
      const heard = await this.#to.ask("heard");
      for (const { number } of heard) arrived.add(number);
      quiet = heard.length === 0 ? quiet + 1 : 0;
    }
    return this.sent - arrived.size;
  }
}
