// The verdict on every encap mode × behavior × inner family: holds, fails, lacking in this kernel, or no combination at
// all. The forwarding tests assert it, the matrix page prints it.

import { ENCAP_MODES, type EncapMode } from "../../src/srv6/behavior.ts";
import { type Observed, observe, problems } from "./crossing.ts";
import { type Findings, kernelFindings, lacks } from "./needs.ts";
import { impossible, SUBJECTS, type Subject, scenarios } from "./scenarios.ts";
import type { World } from "./world.ts";

export type Verdict = {
  readonly subject: Subject;
  readonly mode: EncapMode;
  readonly family: 4 | 6;
  readonly state: "holds" | "fails" | "lacking" | "none";
  /** Empty where it holds. */
  readonly why: readonly string[];
};

/** The doctor's check of each behavior, and the word it uses for it. */
const CHECKS: Readonly<Record<Subject, readonly [id: string, word: string]>> = {
  End: ["kernel.seg6local", "End"],
  "End PSP": ["kernel.next-csid", "PSP"],
  "End NEXT-CSID": ["kernel.next-csid", "End"],
  "End.X": ["kernel.seg6local", "End.X"],
  "End.X NEXT-CSID": ["kernel.next-csid", "End.X"],
  "End.T": ["kernel.seg6local", "End.T"],
  "End.B6.Encaps": ["kernel.seg6local", "End.B6.Encaps"],
  "End.DX2": ["kernel.seg6local", "End.DX2"],
  "End.DX4": ["kernel.seg6local", "End.DX4"],
  "End.DX6": ["kernel.seg6local", "End.DX6"],
  "End.DT4": ["kernel.vrf", "End.DT4"],
  "End.DT6 table": ["kernel.seg6local", "End.DT6"],
  "End.DT6 VRF": ["kernel.vrf", "End.DT6-vrf"],
  "End.DT46": ["kernel.vrf", "End.DT46"],
};
const MODES_CHECK = "kernel.seg6";

export const findForwarding = (): Promise<Findings> =>
  kernelFindings([MODES_CHECK, ...Object.values(CHECKS).map(([id]) => id)]);

/** Why a behavior under a mode cannot be tried here. */
export const lacking = (findings: Findings, subject: Subject, mode: EncapMode): string | undefined =>
  lacks(findings, ...CHECKS[subject]) ?? lacks(findings, MODES_CHECK, mode);

/** Sends what this kernel can carry, all at once, and judges every combination. */
export async function judge(
  world: World,
  findings: Findings,
): Promise<{ readonly verdicts: Verdict[]; readonly observed: Observed }> {
  const able = scenarios().filter(({ subject, mode }) => lacking(findings, subject, mode) === undefined);
  const observed = await observe(world, able);
  const verdicts = SUBJECTS.flatMap((subject) =>
    ENCAP_MODES.flatMap((mode) =>
      ([4, 6] as const).map((family): Verdict => {
        const none = impossible(subject, mode, family);
        const lack = lacking(findings, subject, mode);
        const scenario = able.find((one) => one.subject === subject && one.mode === mode && one.family === family);
        const about = { subject, mode, family };
        if (none !== undefined) return { ...about, state: "none", why: [none] };
        if (lack !== undefined || !scenario) return { ...about, state: "lacking", why: [lack ?? "not tried"] };
        const why = problems(scenario, observed);
        return { ...about, state: why.length === 0 ? "holds" : "fails", why };
      }),
    ),
  );
  return { verdicts, observed };
}
