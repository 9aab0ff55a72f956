// Every step there is, in order.

import { pops } from "./001-pops.ts";
import { config } from "./002-config.ts";
import { tellings } from "./003-tellings.ts";
import type { Step } from "./step.ts";

export const STEPS: readonly Step[] = [pops, config, tellings];
