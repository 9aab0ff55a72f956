// Conditions with their advice and the command that shows more.

import { span, when } from "../base/format.ts";
import { useNow } from "../base/query.ts";
import { segmentWords } from "../base/story.ts";
import type { ConditionView } from "../base/types.ts";
import { Badge } from "./badge.tsx";

const NAMES: Readonly<Record<string, string>> = { critical: "critical", warning: "warning", notice: "notice" };

export function Conditions({
  items,
  isShort = false,
}: {
  readonly items: readonly ConditionView[];
  readonly isShort?: boolean;
}) {
  const now = useNow();
  return (
    <ul class="conditions">
      {items.map(({ id, severity, subject, sinceMs, what, advice, command, runbook }) => (
        <li key={`${id} ${subject}`} class={`condition ${severity}`}>
          <p class="condition-head">
            <Badge state={NAMES[severity] ?? severity} />
            <strong>{id.startsWith("segment-") ? segmentWords(subject) : subject}</strong>
            {sinceMs === null ? null : (
              <time dateTime={new Date(sinceMs).toISOString()} title={when(sinceMs)}>
                for {span(now - sinceMs)}
              </time>
            )}
          </p>
          <p>{what}</p>
          {isShort ? null : (
            <p class="muted">
              {advice} <code>$ {command}</code> <Runbook id={id} at={runbook} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A link where docs are published; else the path in the repository. */
function Runbook({ id, at }: { readonly id: string; readonly at: string }) {
  if (!/^https?:/.test(at)) return <code title={`Runbook of ${id}`}>{at}</code>;
  return (
    <a href={at} target="_blank" rel="noreferrer">
      Runbook: {id}
    </a>
  );
}
