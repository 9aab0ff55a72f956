// Every step there is, in order.

import type { Step } from "../../../database/steps.ts";
import type { Tables } from "../tables.ts";
import { evidence } from "./001-evidence.ts";
import { orders } from "./002-orders.ts";
import { replaced } from "./003-replaced.ts";
import { chainChunks } from "./004-chain-chunks.ts";

export const STEPS: readonly Step<Tables>[] = [evidence, orders, replaced, chainChunks];
