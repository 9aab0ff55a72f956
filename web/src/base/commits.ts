// The commits that are kept: for the page of changes, and for the countdown that stands on every page.

import { get } from "./api.ts";
import { type Query, useQuery } from "./query.ts";
import type { CommitView, Page } from "./types.ts";

export const useCommits = (): Query<Page<CommitView>> =>
  useQuery("commits", (signal) => get("/api/v1/config/commits?limit=50", signal), {
    on: ["config", "event"],
    everyMs: 10_000,
  });
