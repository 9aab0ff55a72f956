// Every verb there is. A verb's file imports nothing heavy at the top: what it needs is loaded when it runs, so that a
// hundred verbs cost `srwan --version` nothing.

import type { Verb } from "../verb.ts";
import { completeVerb, completion } from "./completion.ts";
import { configShow } from "./config.ts";
import { doctor } from "./doctor.ts";
import { help } from "./help.ts";
import { pathsVerb } from "./paths.ts";
import { routeApply, routeFlush, routePlan, routeShow, routeWatch } from "./route.ts";

export const VERBS: readonly Verb[] = [
  doctor,
  pathsVerb,
  routePlan,
  routeApply,
  routeShow,
  routeWatch,
  routeFlush,
  configShow,
  completion,
  help,
  completeVerb,
];
