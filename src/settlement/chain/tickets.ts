// The tree of tickets inside a signed batch: its root, and proofs of what was settled for a consumer's path, or that nothing
// was.

import type { Hex } from "../typed.ts";
import { keccak } from "./openssl.ts";

export type SettledTicket = {
  readonly consumer: Hex;
  readonly pathId: Hex;
  /** Of the path in this epoch, up to and with this ticket. */
  readonly cumulativeAmount: bigint;
  readonly ticketHash: Hex;
};

export type TicketLeaf = SettledTicket & { readonly index: number };

/** The last leaf that is not after a consumer's path, and the one after it, each with its way to the root. */
export type SettledProof = {
  readonly before: readonly TicketLeaf[];
  readonly beforePath: readonly Hex[];
  readonly later: readonly TicketLeaf[];
  readonly laterPath: readonly Hex[];
};

export const NO_PROOF: SettledProof = { before: [], beforePath: [], later: [], laterPath: [] };

const EMPTY = `0x${"00".repeat(32)}` as Hex;

const word = (value: bigint | number): string => value.toString(16).padStart(64, "0");

/** As the contract encodes a leaf: five words. Twice, so that no inner node can be taken for one. */
const leafHash = ({ index, consumer, pathId, cumulativeAmount, ticketHash }: TicketLeaf): Buffer =>
  keccak(
    keccak(
      Buffer.from(
        word(index) + word(BigInt(consumer)) + word(BigInt(pathId)) + word(cumulativeAmount) + word(BigInt(ticketHash)),
        "hex",
      ),
    ),
  );
const pair = (a: Buffer, b: Buffer): Buffer => keccak(Buffer.concat(Buffer.compare(a, b) < 0 ? [a, b] : [b, a]));
const text = (hash: Buffer): Hex => `0x${hash.toString("hex")}`;

export class TicketTree {
  readonly leaves: readonly TicketLeaf[];
  readonly #levels: Buffer[][];

  constructor(tickets: readonly SettledTicket[]) {
    this.leaves = tickets.toSorted(order).map((ticket, index) => ({ ...ticket, index }));
    const levels = [this.leaves.map(leafHash)];
    for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) {
      const below = level;
      // An odd one out goes up as it is.
      level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
        const [left = Buffer.alloc(32), right] = [below[2 * i], below[2 * i + 1]];
        return right === undefined ? left : pair(left, right);
      });
    }
    this.#levels = levels;
  }

  get root(): Hex {
    const top = this.#levels.at(-1)?.[0];
    return top === undefined ? EMPTY : text(top);
  }

  proof(consumer: Hex, pathId: Hex): SettledProof {
    const next = this.leaves.findIndex((leaf) => comparePath(leaf, { consumer, pathId }) > 0);
    const before = next === -1 ? this.leaves.length - 1 : next - 1;
    return {
      before: this.leaves.slice(before, before + 1).filter(() => before >= 0),
      beforePath: this.way(before),
      later: next === -1 ? [] : this.leaves.slice(next, next + 1),
      laterPath: this.way(next),
    };
  }

  /** The way of a leaf to the root. */
  way(index: number): Hex[] {
    if (index < 0) return [];
    return this.#levels.flatMap((level, depth) => {
      const sibling = level[(index >> depth) ^ 1];
      return sibling === undefined || level.length === 1 ? [] : [text(sibling)];
    });
  }
}

type Path = Pick<SettledTicket, "consumer" | "pathId">;

function comparePath(a: Path, b: Path): number {
  return byText(a.consumer, b.consumer) || byText(a.pathId, b.pathId);
}

/** As numbers: both have the same number of digits. */
function byText(a: Hex, b: Hex): number {
  if (a === b) return 0;
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return x < y ? -1 : x > y ? 1 : 0;
}

const by = (x: bigint, y: bigint): number => (x < y ? -1 : x > y ? 1 : 0);

const order = (a: SettledTicket, b: SettledTicket): number =>
  comparePath(a, b) || by(a.cumulativeAmount, b.cumulativeAmount) || byText(a.ticketHash, b.ticketHash);
