// Names that the service knows, for completion: at once or not at all, and never an error in somebody's shell.

import { LIMITS } from "../../base/limits.ts";
import type { Context, LiveNames } from "../verb.ts";
import { ServiceClient } from "./client.ts";

const PATHS: Readonly<Record<LiveNames, string>> = {
  pop: "/api/v1/pops",
  policy: "/api/v1/policies",
  group: "/api/v1/groups",
};

type Named = { readonly name?: string; readonly spec?: { readonly name: string } };

export async function liveNames(context: Context, kind: LiveNames): Promise<string[]> {
  try {
    const client = ServiceClient.of(context, LIMITS.completeMs);
    const items = await client.all<Named>(PATHS[kind], LIMITS.completeNames);
    return items.flatMap(({ name, spec }) => name ?? spec?.name ?? []);
  } catch {
    return [];
  }
}
