// The tree of tickets inside a signed batch: its root, and proofs of what was settled for a consumer's path, or that nothing
// was.

import { AbiCoder, concat, keccak256 } from "ethers";
import type { Hex } from "../typed.ts";

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

const LEAF = ["tuple(uint32 index,address consumer,bytes32 pathId,uint96 cumulativeAmount,bytes32 ticketHash)"];
const EMPTY = `0x${"00".repeat(32)}` as Hex;

const hash = (data: string): Hex => keccak256(data) as Hex;
const leafHash = (leaf: TicketLeaf): Hex => hash(hash(AbiCoder.defaultAbiCoder().encode(LEAF, [leaf])));
const pair = (a: Hex, b: Hex): Hex => hash(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

export class TicketTree {
  readonly leaves: readonly TicketLeaf[];
  readonly #levels: Hex[][];

  constructor(tickets: readonly SettledTicket[]) {
    this.leaves = tickets.toSorted(order).map((ticket, index) => ({ ...ticket, index }));
    const levels = [this.leaves.map(leafHash)];
    for (let level = levels[0] ?? []; level.length > 1; levels.push(level)) {
      const below = level;
      // An odd one out goes up as it is.
      level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
        const [left, right] = [below[2 * i] ?? EMPTY, below[2 * i + 1]];
        return right === undefined ? left : pair(left, right);
      });
    }
    this.#levels = levels;
  }

  get root(): Hex {
    return this.#levels.at(-1)?.[0] ?? EMPTY;
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
      return sibling === undefined || level.length === 1 ? [] : [sibling];
    });
  }
}

type Path = Pick<SettledTicket, "consumer" | "pathId">;

function comparePath(a: Path, b: Path): number {
  return by(BigInt(a.consumer), BigInt(b.consumer)) || by(BigInt(a.pathId), BigInt(b.pathId));
}

const by = (x: bigint, y: bigint): number => (x < y ? -1 : x > y ? 1 : 0);

const order = (a: SettledTicket, b: SettledTicket): number =>
  comparePath(a, b) || by(a.cumulativeAmount, b.cumulativeAmount) || by(BigInt(a.ticketHash), BigInt(b.ticketHash));
