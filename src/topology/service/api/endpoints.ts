// Every endpoint there is.

import { configEndpoints } from "./config-endpoints.ts";
import { doorEndpoints } from "./door-endpoints.ts";
import type { Endpoint } from "./endpoint.ts";
import { healthEndpoints } from "./health-endpoints.ts";
import { insightEndpoints } from "./insight-endpoints.ts";
import { logEndpoints } from "./log-endpoints.ts";
import { quarantineEndpoints } from "./quarantine-endpoints.ts";
import { orderEndpoints, settlementEndpoints } from "./settlement-endpoints.ts";
import { tokenEndpoints } from "./token-endpoints.ts";
import { wanEndpoints } from "./wan-endpoints.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  ...wanEndpoints,
  ...insightEndpoints,
  ...quarantineEndpoints,
  ...configEndpoints,
  ...settlementEndpoints,
  ...orderEndpoints,
  ...logEndpoints,
  ...tokenEndpoints,
  ...healthEndpoints,
  ...doorEndpoints,
];
