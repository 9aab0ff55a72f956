// What several views read of the settlement: how it stands, and lists with the word on what is not there.

import { get } from "./api.ts";
import { type Query, useQuery } from "./query.ts";
import { session } from "./session.ts";
import type { Listed, SettlementView } from "./types.ts";

/** Epochs take long; a chain is asked every few seconds at most. */
const EVERY_MS = 15_000;

export const useSettlement = (): Query<SettlementView> =>
  useQuery("settlement", (signal) => get("/api/v1/settlement", signal), { everyMs: EVERY_MS });

/** Read only where the caller may. */
export const useListed = <T>(path: string, isOpen = session.may("settle")): Query<Listed<T>> =>
  useQuery(isOpen ? path : undefined, (signal) => get(path, signal), { everyMs: EVERY_MS });
