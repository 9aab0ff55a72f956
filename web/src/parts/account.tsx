// An account, short enough for a table; whole to whoever points at it or has it read.

import { shortAccount } from "../base/format.ts";
import { linkTo } from "../base/route.ts";

export function Account({ of, pops = [] }: { readonly of: string | null; readonly pops?: readonly string[] }) {
  if (of === null) return <>–</>;
  return (
    <span class="account">
      {pops.map((pop) => (
        <a key={pop} href={linkTo("pops", pop)}>
          {pop}
        </a>
      ))}
      <code title={of}>
        <span aria-hidden="true">{shortAccount(of)}</span>
        <span class="unseen">{of}</span>
      </code>
    </span>
  );
}
