// A commit that goes back by itself: how long it has, and what can be done.

import { span } from "../base/format.ts";
import { useNow } from "../base/query.ts";
import type { CommitView } from "../base/types.ts";

export function Waiting({
  commit,
  mayChange,
  onConfirm,
  onBack,
}: {
  readonly commit: CommitView;
  readonly mayChange: boolean;
  readonly onConfirm: () => void;
  readonly onBack: () => void;
}) {
  const now = useNow(250);
  const { atMs, confirmByMs, by, why, id } = commit;
  const leftMs = Math.max(0, (confirmByMs ?? 0) - now);
  const wholeMs = Math.max(1, (confirmByMs ?? 0) - atMs);
  return (
    <section class="card waiting" aria-label="A commit waits to be confirmed">
      <div>
        <p class="waiting-title">
          Commit #{id} goes back in <strong class="countdown">{span(leftMs)}</strong>
        </p>
        <p class="muted">
          By {by}
          {why === "" ? "" : `: ${why}`}. Unless it is confirmed, the whole WAN is as it was before.
        </p>
        <progress max={wholeMs} value={leftMs} aria-label="Time left to confirm" />
      </div>
      {mayChange ? (
        <div class="buttons">
          <button type="button" class="main" onClick={onConfirm}>
            Confirm
          </button>
          <button type="button" onClick={onBack}>
            Take it back now
          </button>
        </div>
      ) : null}
    </section>
  );
}
