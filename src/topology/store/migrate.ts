// Brings a store from whatever version it has to the one this program knows.

import type { Kysely } from "kysely";
import type { StoreKind } from "../../database/database.ts";
import { migrate as bring } from "../../database/steps.ts";
import { STEPS } from "./migrations/index.ts";
import type { Tables } from "./tables.ts";

const MIGRATION_LOCK = 7_177_001;

/** The version it has now; `upTo` is for tests of earlier ones. */
export const migrate = (db: Kysely<Tables>, kind: StoreKind, nowMs: number, upTo?: number): Promise<number> =>
  bring(db, kind, {
    steps: STEPS,
    table: "migrations",
    lock: MIGRATION_LOCK,
    nowMs,
    ...(upTo === undefined ? {} : { upTo }),
  });
