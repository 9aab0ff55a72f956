// Where each policy stands, from what its POP said last. PROGRAMMED is never guessed: every object was read back, and the
// probe over the very SID list was answered.

import type { ChosenPath, PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import type { Applied, Measured } from "../../wire/report.ts";

/** What a loop knows of one policy when it is asked. */
export type Standing = {
  readonly name: string;
  /** Names of the path that is to carry and of the one that stands ready; undefined: there is none. */
  readonly active: string | undefined;
  readonly backup: string | undefined;
  readonly why: string;
  readonly paths: readonly ChosenPath[];
  readonly popIsAway: boolean;
  readonly applied: Applied | undefined;
  readonly measured: Measured | undefined;
  /** Objects of any POP that were refused and that it cannot be without. */
  readonly refused: readonly RefusedAt[];
};

export type RefusedAt = Applied["refused"][number] & { readonly pop: string };

/** What of a POP's refusals concerns a policy: what is for it alone or for its other family, the VRF of its tenant at either
 * end, and the SIDs that its paths lead over. */
export function concerns(
  { name, from, to, tenant }: PolicySpec,
  sids: ReadonlySet<string>,
): (one: RefusedAt) => boolean {
  return (one) => {
    if (one.policy !== undefined) return one.pop === from && (one.policy === name || one.policy === `${name}.v4`);
    if (one.tenant !== undefined) return one.tenant === tenant && (one.pop === from || one.pop === to);
    return one.sid !== undefined && sids.has(one.sid);
  };
}

export function statusOf(standing: Standing, before: PolicyStatus | undefined, nowMs: number): PolicyStatus {
  const { state, why } = judged(standing);
  const trouble = troublesOf(standing);
  const since = before?.state === state ? before.since : nowMs;
  const carrying = state === "FAILED-OVER" ? standing.backup : standing.active;
  return {
    name: standing.name,
    state,
    why: why.slice(0, 1_000),
    decision: standing.active === undefined ? "" : standing.why.slice(0, 1_000),
    since,
    paths: [...standing.paths],
    actualUs: actualOf(standing, carrying),
    ...(trouble.length === 0 ? {} : { trouble }),
  };
}

/** Delays that moved by this much, or by this part, are worth a word at once; any other change of them after a while. */
const MOVED = { us: 500, permille: 50, afterMs: 10_000 } as const;

export function isWorthTelling(told: PolicyStatus, now: PolicyStatus, sinceMs: number): boolean {
  const delays = ({ actualUs, paths }: PolicyStatus) => [actualUs, ...paths.map(({ expectedUs }) => expectedUs)];
  const rest = ({ actualUs: _, paths, ...other }: PolicyStatus) =>
    JSON.stringify([other, paths.map(({ sids, role }) => [sids, role])]);
  if (rest(told) !== rest(now)) return true;
  const after = delays(now);
  return delays(told).some((before, i) => {
    const us = after[i] ?? null;
    if (before === null || us === null) return before !== us;
    const moved = Math.abs(us - before);
    return (
      moved > 0 && (sinceMs >= MOVED.afterMs || moved > Math.max(MOVED.us, (Math.abs(before) * MOVED.permille) / 1_000))
    );
  });
}

function judged(standing: Standing): Pick<PolicyStatus, "state" | "why"> {
  const { name, active, applied, popIsAway, why } = standing;
  if (active === undefined) return { state: "NO-PATH", why };
  if (popIsAway) return { state: "POP-AWAY", why: "its POP does not answer; it goes on with what it had" };
  const said = applied?.policies.find((one) => one.name === name);
  const path = said?.paths.find((one) => one.name === active);
  const refused = troublesOf(standing);
  if (refused[0]) return { state: "REFUSED", why: `${refused[0].object}: ${refused[0].error.message}` };
  if (said === undefined || path === undefined) return { state: "SENT", why: "its POP has not answered yet" };
  if (said.active === "backup") return { state: "FAILED-OVER", why: "its POP moved it to the backup by itself" };
  switch (path.state) {
    case "carrying":
      return { state: "PROGRAMMED", why };
    case "unproved":
      return { state: "UNPROVED", why: path.why || "probes over its SID list are not answered" };
    case "absent":
      return { state: "SENT", why: "it is not installed yet" };
    default:
      return { state: "INSTALLED", why: path.state === "proved" ? "proved, and about to carry" : "being proved" };
  }
}

const troublesOf = ({ refused }: Standing) =>
  refused.slice(0, 64).map(({ pop, object, error }) => ({ object: `${pop}: ${object}`.slice(0, 1_024), error }));

/** The youngest word: what is measured all the time, else what the proof measured. */
function actualOf({ name, measured, applied }: Standing, path: string | undefined): number | null {
  const seen = measured?.paths.find((one) => one.policy === name && one.path === path);
  if (seen) return seen.actualUs;
  const proof = applied?.policies.find((one) => one.name === name)?.paths.find((one) => one.name === path);
  return proof?.actualUs ?? null;
}
