// The shapes of what the service answers: types only, from its own schemas.

import type { Static } from "typebox";
import type {
  CallerView as CallerSchema,
  ConditionView as ConditionSchema,
  CoverageAsked as CoverageAskedSchema,
  CoverageView as CoverageSchema,
  DecidedView as DecidedSchema,
  PolicyHistoryView as HistorySchema,
  GroupMatrixView as MatrixSchema,
} from "../../../src/topology/service/api/insight-schemas.ts";
import type {
  CandidateView as CandidateSchema,
  CommitView as CommitSchema,
  CommitWhole as CommitWholeSchema,
  CounterView as CounterSchema,
  DiffView as DiffSchema,
  EventView as EventSchema,
  GroupView as GroupSchema,
  PolicyView as PolicySchema,
  PopView as PopSchema,
  SegmentView as SegmentSchema,
  StatusView as StatusSchema,
} from "../../../src/topology/service/api/schemas.ts";

export type {
  AccountView,
  DisputeView,
  EpochView,
  LinkReportsView,
  Listed,
  OrderView,
  PopCoinsView,
  QuoteView,
  SettlementView,
  TicketsView,
} from "../../../src/wire/books.ts";
export type { ChosenPath, PolicySpec, PolicyStatus, WanConfig } from "../../../src/wire/policy.ts";
export type CallerView = Static<typeof CallerSchema>;
export type ConditionView = Static<typeof ConditionSchema>;
export type CoverageAsked = Static<typeof CoverageAskedSchema>;
export type CoverageView = Static<typeof CoverageSchema>;
export type DecidedView = Static<typeof DecidedSchema>;
export type MatrixView = Static<typeof MatrixSchema>;
export type HistoryView = Static<typeof HistorySchema>;
export type CandidateView = Static<typeof CandidateSchema>;
export type CommitView = Static<typeof CommitSchema>;
export type CommitWhole = Static<typeof CommitWholeSchema>;
export type CounterView = Static<typeof CounterSchema>;
export type DiffView = Static<typeof DiffSchema>;
export type EventView = Static<typeof EventSchema>;
export type GroupView = Static<typeof GroupSchema>;
export type PolicyView = Static<typeof PolicySchema>;
export type PopView = Static<typeof PopSchema>;
export type SegmentView = Static<typeof SegmentSchema>;
export type StatusView = Static<typeof StatusSchema>;

export type Page<T> = { readonly items: readonly T[]; readonly next?: string };
