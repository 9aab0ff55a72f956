// Who may do what, stated a second time and by hand: the service's own endpoints are held to this, not the other way round.
// An endpoint that stands in no row fails the test; so does a row without an endpoint.

import type { CallerRole } from "../../src/topology/service/api/endpoint.ts";

const ALL: readonly CallerRole[] = ["viewer", "engineer", "operator", "settlement"];

export type Row = { readonly who: readonly CallerRole[] | "anybody"; readonly doors: readonly string[] };

export const WHO_MAY: readonly Row[] = [
  {
    who: "anybody",
    doors: [
      "POST /api/v1/join",
      "GET /api/v1/authority",
      "GET /api/v1/openapi.json",
      "GET /healthz",
      "GET /readyz",
      "GET /.well-known/host-meta",
      // The dashboard's page; its other files are added where it is built.
      "GET /",
    ],
  },
  {
    who: ALL,
    doors: [
      "GET /api/v1/pops",
      "GET /api/v1/pops/:name",
      "GET /api/v1/pops/:name/measurements",
      "GET /api/v1/segments",
      "GET /api/v1/policies",
      "GET /api/v1/policies/:name",
      "GET /api/v1/policies/:name/history",
      "GET /api/v1/policies/:name/decisions",
      "GET /api/v1/groups",
      "GET /api/v1/groups/:name/matrix",
      "GET /api/v1/status",
      "GET /api/v1/conditions",
      "GET /api/v1/caller",
      "GET /api/v1/events",
      "GET /api/v1/journal",
      "GET /api/v1/live",
      "GET /api/v1/quarantine",
      "GET /api/v1/quarantine/:name/accusations",
      "GET /api/v1/config/running",
      "GET /api/v1/config/candidate",
      "GET /api/v1/config/diff",
      "GET /api/v1/config/commits",
      "GET /api/v1/config/commits/:id",
      // They answer, and change nothing.
      "POST /api/v1/config/check",
      "POST /api/v1/plan/coverage",
      "GET /api/v1/settlement",
      "GET /api/v1/market/quotes",
      "GET /metrics",
      "GET /restconf",
      "GET /restconf/yang-library-version",
      "GET /restconf/operations",
      "GET /restconf/modules/:name",
      ...["/restconf/data", "/restconf/data/*", "/restconf/ds/*"].flatMap((at) => [`GET ${at}`, `OPTIONS ${at}`]),
    ],
  },
  {
    who: ["engineer", "operator"],
    doors: [
      "PUT /api/v1/config/candidate",
      "PUT /api/v1/config/candidate/policies/:name",
      "DELETE /api/v1/config/candidate/policies/:name",
      "PUT /api/v1/config/candidate/maintenance/:pop",
      "DELETE /api/v1/config/candidate/maintenance/:pop",
      "PUT /api/v1/config/candidate/signing",
      "DELETE /api/v1/config/candidate/signing",
      "POST /api/v1/config/commit",
      "POST /api/v1/config/confirm",
      "POST /api/v1/config/rollback",
      ...["/restconf/data", "/restconf/data/*", "/restconf/ds/*"].flatMap((at) =>
        ["POST", "PUT", "PATCH", "DELETE"].map((method) => `${method} ${at}`),
      ),
    ],
  },
  {
    who: ["operator"],
    doors: [
      "GET /api/v1/audit",
      "PUT /api/v1/quarantine/:name",
      "DELETE /api/v1/quarantine/:name",
      "POST /api/v1/join-tokens",
      "GET /api/v1/join-tokens",
      "DELETE /api/v1/join-tokens/:id",
      "POST /api/v1/access-tokens",
      "GET /api/v1/access-tokens",
      "DELETE /api/v1/access-tokens/:id",
      "DELETE /api/v1/pops/:name",
      "GET /api/v1/pops/:name/desired",
    ],
  },
  {
    who: ["operator", "settlement"],
    doors: [
      "GET /api/v1/counters",
      "GET /api/v1/pops/:name/counters/hours",
      "GET /api/v1/pops/:name/coins",
      "GET /api/v1/settlement/epochs",
      "GET /api/v1/settlement/tickets",
      "GET /api/v1/settlement/reports",
      "GET /api/v1/settlement/disputes",
      "GET /api/v1/settlement/accounts",
      "GET /api/v1/orders",
      "POST /api/v1/orders",
      "GET /api/v1/orders/:order",
      "POST /api/v1/orders/:order/cancel",
    ],
  },
];
