// How the settlement stands: not set up, its chain away, or a word on what is missing.

import type { ComponentChildren } from "preact";
import type { Listed, SettlementView } from "../base/types.ts";
import { Badge } from "./badge.tsx";
import { Figure } from "./page.tsx";
import { Empty } from "./states.tsx";

export function NotSetUp() {
  return (
    <Empty title="Settlement is not set up here">
      Name in the controller's configuration what it may show: <code>settlement.store</code> (of a validator or of the
      workers of paid priority), <code>settlement.deployment</code>, <code>settlement.chainUrl</code> and{" "}
      <code>settlement.quotes</code>.
    </Empty>
  );
}

export function MayNot({ what }: { readonly what: string }) {
  return <Empty title={`This token may not read ${what}`}>Sign in with one of role operator or settlement.</Empty>;
}

export function Note({ children }: { readonly children: string | undefined }) {
  return children === undefined || children === "" ? null : <p class="aside-note">{sentence(children)}</p>;
}

/** Its items, or why there are none; under them what is not known. */
export function Items<T>({
  of: { items, note },
  none,
  children,
}: {
  readonly of: Listed<T>;
  readonly none: ComponentChildren;
  readonly children: (items: readonly T[]) => ComponentChildren;
}) {
  if (items.length > 0) {
    return (
      <>
        {children(items)}
        <Note>{note}</Note>
      </>
    );
  }
  return note === undefined ? none : <Empty title="There is nothing to show">{sentence(note)}</Empty>;
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

const CHAIN = { none: ["not asked", "calm"], there: ["answers", "good"], away: ["away", "warn"] } as const;

export function ChainFigure({ of: { chain } }: { readonly of: SettlementView }) {
  const [word, kind] = CHAIN[chain.state];
  const note =
    chain.state === "there" ? `block ${chain.block}, epoch ${chain.epoch}` : chain.note || "no URL of one is set";
  return <Figure name="Chain" value={<Badge state={word} kind={kind} />} note={note} />;
}
