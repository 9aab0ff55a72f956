// From what is known of an order to the one next thing to do. The chain says where the money is, at its last block and some
// blocks before; everything else only says what may be sent to it. So a step that a reorganisation took back is done again,
// and a step that somebody else did is not.

import type { Installed } from "./proof.ts";

export const ORDER_STATES = ["None", "Open", "Released", "Refunded"] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export type OnChain = { readonly state: OrderState; readonly held: bigint };

export type Facts = {
  /** The later of the chain's last block and this machine's clock. */
  readonly nowSeconds: bigint;
  readonly graceSeconds: bigint;
  readonly deadline: bigint;
  readonly until: bigint;
  readonly latest: OnChain;
  /** So many blocks ago that it stays so, and the time of that block. */
  readonly deep: OnChain & { readonly seconds: bigint };
  /** Why it will not be served; nothing of it is begun any more. */
  readonly verdict: string | undefined;
  readonly isCancelled: boolean;
  /** The money was asked for: it may be bound, whatever the answer was. */
  readonly isOpening: boolean;
  /** The router may have been changed. */
  readonly isTouched: boolean;
  readonly outcome: Installed | undefined;
  /** The second in which the router was proved to hold nothing of it. */
  readonly removedAt: bigint | undefined;
  /** The second in which the queue was first seen to be gone while it was paid for. */
  readonly goneAt: bigint | undefined;
};

export type Action =
  | {
      readonly do:
        | "open"
        | "install"
        | "accept"
        | "fail"
        | "time-out"
        | "watch"
        | "remove"
        | "end-early"
        | "end"
        | "done";
    }
  | { readonly do: "give-up"; readonly why: string }
  | { readonly do: "wait"; readonly for: string };

const wait = (what: string): Action => ({ do: "wait", for: what });

export function decide(f: Facts): Action {
  switch (f.latest.state) {
    case "None":
      return unopened(f);
    case "Open":
      return open(f);
    case "Released":
      return released(f);
    case "Refunded":
      return mustClean(f) ? { do: "remove" } : settled(f);
  }
}

const isUnwanted = (f: Facts): boolean => f.isCancelled || f.verdict !== undefined;

/** It may hold what nobody pays for. */
const mustClean = (f: Facts): boolean => f.isTouched && f.removedAt === undefined && f.outcome?.kind !== "NOT_APPLIED";

function unopened(f: Facts): Action {
  if (f.verdict === undefined) {
    if (f.isCancelled) return { do: "give-up", why: "cancelled" };
    if (f.outcome?.kind === "NOT_APPLIED") return { do: "give-up", why: "the router refused it" };
    return f.nowSeconds < f.deadline ? { do: "open" } : { do: "give-up", why: "the deadline came first" };
  }
  if (mustClean(f)) return { do: "remove" };
  // A call that was never answered may still be carried out, until the contract takes it no more.
  const cannotCome = !f.isOpening || (f.deep.state === "None" && f.deep.seconds >= f.deadline);
  return cannotCome ? { do: "done" } : wait("what was sent to be void");
}

function open(f: Facts): Action {
  if (f.nowSeconds > f.deadline + f.graceSeconds) return { do: "time-out" };
  if (f.outcome?.kind === "APPLIED" && f.outcome.provedAt <= f.deadline) return { do: "accept" };
  if (f.outcome?.kind === "NOT_APPLIED") return { do: "fail" };
  // An outcome that is left here came too late, by whatever clock.
  const isLost = f.nowSeconds > f.deadline || f.outcome !== undefined;
  if (isUnwanted(f) || isLost) return mustClean(f) ? { do: "remove" } : { do: "fail" };
  return f.deep.state === "Open" ? { do: "install" } : wait("the order's block to be final");
}

function released(f: Facts): Action {
  const isOver = f.nowSeconds > f.until + f.graceSeconds;
  if (f.latest.held > 0n) {
    if (isOver) return { do: "end" };
    if (f.goneAt !== undefined && f.goneAt < f.until) return { do: "end-early" };
  }
  const isWanted = f.nowSeconds < f.until && !f.isCancelled && f.goneAt === undefined;
  if (isWanted) return f.latest.held > 0n ? { do: "watch" } : wait("the order's end");
  if (mustClean(f)) return { do: "remove" };
  return f.latest.held > 0n ? wait("the end and its grace") : settled(f);
}

const settled = ({ latest, deep }: Facts): Action =>
  deep.state === latest.state && deep.held === latest.held ? { do: "done" } : wait("the last block to be final");
