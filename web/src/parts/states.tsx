// What a view shows where it has nothing to show: it reads, there is nothing, it was refused.

import type { ComponentChildren } from "preact";
import type { Problem } from "../base/api.ts";
import type { Query } from "../base/query.ts";

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="muted">{children}</div>}
    </div>
  );
}

export function Refused({ problem, again }: { readonly problem: Problem; readonly again?: () => void }) {
  return (
    <div class="empty refused" role="alert">
      <p class="empty-title">{problem.message}</p>
      <p class="muted">
        {problem.remedy} <code>{problem.code}</code>
      </p>
      {again === undefined ? null : (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Its children once there is something to show. */
export function Loaded<T>({
  of: { data, problem, again },
  children,
}: {
  readonly of: Query<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  if (data !== undefined) return <>{children(data)}</>;
  if (problem !== undefined) return <Refused problem={problem} again={again} />;
  return (
    <p class="reading" role="status">
      Reading …
    </p>
  );
}
