// Who decides for a group, as the service sees it; a test may put something simpler in its place.

import type { GroupLoop, LoopMemory } from "../loop/group-loop.ts";

export type GroupBrain = Pick<GroupLoop, "configure" | "take" | "away" | "back" | "tick" | "statuses" | "memory">;

/** `memory` is what another of this group gave last; undefined for a new group. */
export type MakeBrain = (group: string, memory: LoopMemory | undefined) => GroupBrain;
