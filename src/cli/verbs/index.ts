// Every verb there is. A verb's file imports nothing heavy at the top: what it needs is loaded when it runs, so that a
// hundred verbs cost `srwan --version` nothing.

import type { Verb } from "../verb.ts";
import { chainDeploy, chainStatus, chainUp } from "./chain.ts";
import { completeVerb, completion } from "./completion.ts";
import { configShow } from "./config.ts";
import { doctor } from "./doctor.ts";
import { encode } from "./encode.ts";
import { help } from "./help.ts";
import { journalReplay } from "./journal.ts";
import { labDown, labExec, labFlow, labGraph, labImpair, labInspect, labKeeper, labRun, labUp } from "./lab.ts";
import { pathsVerb } from "./paths.ts";
import { planCoverage } from "./plan.ts";
import { pulseReflect, pulseSend } from "./pulse.ts";
import { routeApply, routeFlush, routePlan, routeShow, routeWatch } from "./route.ts";
import { sidNext, sidRetire, sidShow } from "./sid.ts";
import { simulateVerb } from "./simulate.ts";
import { srhDecode } from "./srh.ts";

export const VERBS: readonly Verb[] = [
  doctor,
  pathsVerb,
  simulateVerb,
  journalReplay,
  planCoverage,
  routePlan,
  routeApply,
  routeShow,
  routeWatch,
  routeFlush,
  pulseSend,
  pulseReflect,
  labUp,
  labDown,
  labInspect,
  labExec,
  labImpair,
  labRun,
  labGraph,
  chainUp,
  chainDeploy,
  chainStatus,
  sidShow,
  sidNext,
  sidRetire,
  encode,
  srhDecode,
  configShow,
  completion,
  help,
  completeVerb,
  labKeeper,
  labFlow,
];
