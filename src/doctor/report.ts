// What `srwan doctor` answers with: one schema, kept stable, from which the type and the published JSON schema come.

import { type Static, Type } from "typebox";

export const CheckResult = Type.Object(
  {
    id: Type.String({ description: "The check's name; never changes its meaning." }),
    status: Type.Union(
      [Type.Literal("ok"), Type.Literal("limited"), Type.Literal("missing"), Type.Literal("unknown")],
      {
        description:
          "ok: works as srwan needs it; limited: a part of it works; missing: it was tried and does not; unknown: it could not be tried.",
      },
    ),
    required: Type.Boolean({ description: "Whether a POP cannot run without it." }),
    neededFor: Type.String({ description: "What does not work without it." }),
    found: Type.String({ description: "What was tried or read, and what came back." }),
    remedy: Type.Union([Type.String(), Type.Null()], { description: "What to do where the status is not ok." }),
    runbook: Type.String({ description: "Where the check is explained: a page below docs/, and the place on it." }),
  },
  { additionalProperties: false },
);

export const DoctorReport = Type.Object(
  {
    schema: Type.Literal("srwan.doctor/1"),
    machine: Type.Object(
      {
        kernel: Type.String(),
        architecture: Type.String(),
        distribution: Type.String(),
        node: Type.String(),
        user: Type.Union([Type.Literal("root"), Type.Literal("user"), Type.Literal("root-in-user-namespace")]),
      },
      { additionalProperties: false },
    ),
    fit: Type.Boolean({ description: "True when every required check is ok or limited." }),
    checks: Type.Array(CheckResult),
  },
  { additionalProperties: false },
);

export type CheckResult = Static<typeof CheckResult>;
export type DoctorReport = Static<typeof DoctorReport>;
export type Finding = Pick<CheckResult, "status" | "found"> & { readonly remedy?: string };
