// The client of the service, loaded by verbs when they run: what it needs is heavy at a start.

import type { Context } from "../verb.ts";

export const clientOf = async (context: Context) => (await import("./client.ts")).ServiceClient.of(context);
