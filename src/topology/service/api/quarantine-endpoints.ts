// POPs that are set apart, and what others say against them.

import { Type } from "typebox";
import { closed, name, whole, words } from "../../../wire/parts.ts";
import { findPop } from "../../store/pops.ts";
import { accusations, quarantine, quarantined, release } from "../../store/quarantine.ts";
import { afterNumber, type Endpoint, endpoint, limit, page, pageOf, sizeOf } from "./endpoint.ts";
import { QuarantineView } from "./schemas.ts";
import { byPop, noPop, notThere } from "./wan-endpoints.ts";

export const quarantineEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/api/v1/quarantine",
    name: "listQuarantine",
    tag: "pops",
    right: "read",
    summary: "POPs that are set apart, with the evidence",
    query: Type.Object(
      {
        limit,
        after: afterNumber,
        past: Type.Optional(Type.Boolean({ description: "Also those that were released (false)." })),
      },
      closed,
    ),
    answer: page(QuarantineView, "In the order in which they were set apart."),
    run: async ({ store }, { query }) => {
      const size = sizeOf(query.limit);
      const rows = await quarantined(store, query.past ?? false, query.after ?? 0, size + 1);
      return pageOf(
        rows,
        size,
        (one) => one,
        ({ id }) => String(id),
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/quarantine/:name/accusations",
    name: "listAccusations",
    tag: "pops",
    right: "read",
    summary: "what others said against a POP, the newest first",
    params: byPop,
    query: Type.Object({ limit }, closed),
    answer: page(
      Type.Object({ reporter: name("Who."), atMs: whole("When."), evidence: Type.Array(Type.String()) }, closed),
      "The newest first.",
    ),
    run: async ({ store }, { params, query }) => ({
      body: { items: await accusations(store, params.name, sizeOf(query.limit)) },
    }),
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/quarantine/:name",
    name: "quarantinePop",
    tag: "pops",
    right: "operate",
    summary: "set a POP apart: it is measured, and used by nobody",
    params: byPop,
    body: Type.Object({ why: words("For people.") }, closed),
    run: async ({ store }, { params, body, caller }) => {
      if ((await findPop(store, params.name)) === undefined) throw noPop(params.name);
      await quarantine(store, params.name, body.why, [], caller.name);
      return {};
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/quarantine/:name",
    name: "releasePop",
    tag: "pops",
    right: "operate",
    summary: "use a POP again",
    params: byPop,
    run: async ({ store }, { params, caller }) => {
      if (await release(store, params.name, caller.name)) return {};
      throw notThere(`POP ${params.name} is not in quarantine`, "Nothing is to be done.");
    },
  }),
];
