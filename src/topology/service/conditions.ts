// What is not as it should be, from a closed list: each with how bad it is, since when, and what to do. Pure.

export const CONDITIONS = {
  "pop-away":
    "A POP's agent speaks to no service. Its traffic goes on over what it holds; nothing can be changed there.",
  "pop-quarantined": "A POP is set apart: it is measured and used by nobody.",
  "pop-behind": "A POP does not hold the newest version of what it is to hold.",
  "pop-not-measuring": "A POP is connected, but has not reported measurements of late.",
  "segment-down": "Nothing comes through a segment.",
  "segment-degraded": "A segment is worse than it usually is.",
  "policy-no-path": "A policy has no path that keeps to what it asks for.",
  "policy-refused": "A POP or a router refused what a policy needs.",
  "policy-unproved": "Probes over a policy's SID list are not answered.",
  "policy-failed-over": "A POP moved a policy to its backup by itself.",
  "group-undecided": "No service decides for a group: nothing moves there.",
  "commit-waits": "A commit goes back by itself unless it is confirmed.",
  "drift-often": "Somebody else keeps changing what srwan holds on a POP.",
  "counters-gap": "Traffic went uncounted for a while.",
} as const;
export type ConditionId = keyof typeof CONDITIONS;

export const SEVERITIES = ["critical", "warning", "notice"] as const;

export type Condition = {
  readonly id: ConditionId;
  readonly severity: (typeof SEVERITIES)[number];
  readonly subject: string;
  readonly sinceMs: number | null;
  readonly what: string;
  readonly advice: string;
  /** What to ask at a prompt. */
  readonly command: string;
};

export type Facts = {
  readonly nowMs: number;
  readonly pops: readonly {
    readonly name: string;
    readonly isThere: boolean;
    readonly everSeen: boolean;
    readonly awayMs: number | null;
    readonly measuredMs: number | null;
    readonly desired: { readonly version: number; readonly atMs: number } | undefined;
    readonly appliedVersion: number;
  }[];
  readonly apart: readonly { readonly pop: string; readonly sinceMs: number; readonly why: string }[];
  readonly segments: readonly {
    readonly segment: string;
    readonly state: "DEGRADED" | "DOWN";
    readonly trouble: string;
    readonly sinceMs: number;
  }[];
  readonly policies: readonly {
    readonly name: string;
    readonly state: string;
    readonly why: string;
    readonly since: number;
  }[];
  readonly groups: readonly { readonly name: string; readonly service: string }[];
  readonly commit: {
    readonly id: number;
    readonly by: string;
    readonly atMs: number;
    readonly confirmByMs: number | null;
  };
  /** How often in the last hour, by POP. */
  readonly drifts: ReadonlyMap<string, number>;
  readonly gaps: ReadonlyMap<string, number>;
};

/** Younger than this it is simply on its way. */
const BEHIND_MS = 15_000;
const SILENT_MS = 30_000;
const DRIFTS = 3;

export function conditionsOf(facts: Facts): Condition[] {
  return [...ofPops(facts), ...ofSegments(facts), ...ofPolicies(facts), ...ofService(facts)].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (b.sinceMs ?? 0) - (a.sinceMs ?? 0),
  );
}

function ofPops({ pops, apart, drifts, gaps, nowMs }: Facts): Condition[] {
  const found: Condition[] = apart.map(({ pop, sinceMs, why }) => ({
    ...{
      id: "pop-quarantined",
      severity: "warning",
      subject: pop,
      sinceMs,
      what: why || CONDITIONS["pop-quarantined"],
    },
    advice: "Look at the evidence; release it when its measurements agree with its peers' again.",
    command: "srwan pops",
  }));
  for (const { name, isThere, everSeen, awayMs, measuredMs, desired, appliedVersion } of pops) {
    const one = (
      id: ConditionId,
      severity: Condition["severity"],
      sinceMs: number | null,
      what: string,
      advice: string,
    ) => found.push({ id, severity, subject: name, sinceMs, what, advice, command: "srwan agent status" });
    if (!isThere) {
      const what = everSeen ? CONDITIONS["pop-away"] : "It joined, and its agent was never heard since.";
      one(
        "pop-away",
        "critical",
        awayMs,
        what,
        "On the POP: see that its agent runs and reaches the service's address.",
      );
      continue;
    }
    if (desired !== undefined && appliedVersion < desired.version && nowMs - desired.atMs > BEHIND_MS) {
      const what = `It holds version ${appliedVersion} of ${desired.version}.`;
      one("pop-behind", "warning", desired.atMs, what, "See what its agent refused: its events, or its agent's log.");
    }
    if (measuredMs !== null && nowMs - measuredMs > SILENT_MS) {
      const what = CONDITIONS["pop-not-measuring"];
      one(
        "pop-not-measuring",
        "warning",
        measuredMs,
        what,
        "See that UDP to the pulse port passes, and its agent's log.",
      );
    }
  }
  for (const [pop, times] of drifts) {
    if (times < DRIFTS) continue;
    found.push({
      ...{ id: "drift-often", severity: "notice", subject: pop, sinceMs: null },
      what: `Repaired ${times} times in the last hour.`,
      advice: "Find what else changes routes there: another daemon, a script, a colleague.",
      command: `srwan events --pop ${pop} --type drift-repaired`,
    });
  }
  for (const [pop, times] of gaps) {
    found.push({
      ...{ id: "counters-gap", severity: "notice", subject: pop, sinceMs: null },
      what: `${times} counters had a gap in the last hour; each says how long.`,
      advice: "Expected after a reboot. Otherwise see what replaced the objects that are counted.",
      command: `srwan events --pop ${pop} --type counter-gap`,
    });
  }
  return found;
}

const ofSegments = ({ segments }: Facts): Condition[] =>
  segments.map(({ segment, state, trouble, sinceMs }) => ({
    id: state === "DOWN" ? "segment-down" : "segment-degraded",
    severity: state === "DOWN" ? "critical" : "warning",
    subject: segment,
    sinceMs,
    what: trouble === "" ? `It is ${state}.` : `It is ${state} by ${trouble}.`,
    advice: "Policies that can avoid it were moved. If it lasts, ask the transit, with the matrix at hand.",
    command: `srwan segments --from ${segment.split("/")[0]}`,
  }));

const POLICY: Readonly<Record<string, readonly [ConditionId, Condition["severity"], string]>> = {
  "NO-PATH": ["policy-no-path", "critical", "Ease what it asks for, or see which segments are missing."],
  REFUSED: ["policy-refused", "critical", "The error names the object and the remedy; correct it there."],
  UNPROVED: ["policy-unproved", "warning", "See that every POP of the path forwards, and that the MTU fits the SIDs."],
  "FAILED-OVER": ["policy-failed-over", "warning", "It returns by itself when its path is proved again."],
};

const ofPolicies = ({ policies }: Facts): Condition[] =>
  policies.flatMap(({ name, state, why, since }) => {
    const [id, severity, advice] = POLICY[state] ?? [];
    if (id === undefined || severity === undefined || advice === undefined) return [];
    return [
      {
        id,
        severity,
        subject: name,
        sinceMs: since,
        what: why || CONDITIONS[id],
        advice,
        command: "srwan policy list",
      },
    ];
  });

function ofService({ groups, commit }: Facts): Condition[] {
  const undecided = groups.flatMap(({ name, service }): Condition[] =>
    service !== ""
      ? []
      : [
          {
            ...{ id: "group-undecided", severity: "critical", subject: name, sinceMs: null },
            what: CONDITIONS["group-undecided"],
            advice: "A service takes it within seconds; if none does, see the services' logs.",
            command: "srwan status",
          },
        ],
  );
  if (commit.confirmByMs === null) return undecided;
  const what = `Commit ${commit.id} of ${commit.by} waits to be confirmed.`;
  const advice = "Confirm it, or let it go back.";
  const waits: Condition = {
    ...{ id: "commit-waits", severity: "notice", subject: `commit ${commit.id}`, sinceMs: commit.atMs },
    ...{ what, advice, command: "srwan confirm" },
  };
  return [...undecided, waits];
}
