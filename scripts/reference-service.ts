// Reference pages of the topology service, from its endpoints, messages and metrics.

import type { TSchema } from "typebox";
import type { MetricSpec } from "../src/base/metrics.ts";
import { buildApp } from "../src/topology/service/api/app.ts";
import { type ApiContext, type Endpoint, MAY, ROLES_OF_CALLERS } from "../src/topology/service/api/endpoint.ts";
import { ENDPOINTS } from "../src/topology/service/api/endpoints.ts";
import { FromAgent, FromService } from "../src/wire/message.ts";
import { type SchemaNode, sections } from "./schema-page.ts";

/** A table in Markdown, and a word in type-writer face. */
export type Tools = {
  readonly rows: (head: readonly string[], body: readonly (readonly string[])[]) => string;
  readonly code: (text: string) => string;
};

const plain = (schema: TSchema): SchemaNode => JSON.parse(JSON.stringify(schema)) as SchemaNode;

function fieldTables(schema: TSchema, what: string, { rows, code }: Tools): string[] {
  return sections(plain(schema)).flatMap(({ place, fields }) => {
    if (fields.length === 0) return [];
    const title = place === "" ? what : `${what}: ${place.split(", ").map(code).join(", ")}`;
    const body = fields.map(({ name, required, values, about }) => [
      `${code(name)}${required ? " (required)" : ""}`,
      values,
      about,
    ]);
    return [`${title}:`, rows(["field", "values", "meaning"], body)];
  });
}

/** Its fields, or those of the items of a page; what lies deeper is in openapi.json. */
function answerTable(schema: TSchema, tools: Tools): string[] {
  const all = sections(plain(schema));
  const shown = all.find(({ place }) => place === "items[]") ?? all[0];
  if (shown === undefined || shown.fields.length === 0) return [];
  const body = shown.fields.map(({ name, required, values, about }) => [
    `${tools.code(name)}${required ? "" : " (may be missing)"}`,
    values,
    about,
  ]);
  const title = shown.place === "" ? "In the answer:" : "In each item of the answer:";
  return [title, tools.rows(["field", "values", "meaning"], body)];
}

export function apiParts(tools: Tools): string[] {
  const { rows, code } = tools;
  const tags = [...new Set(ENDPOINTS.map(({ tag }) => tag))];
  return [
    "Every error is `application/problem+json` with a `code` of [errors.md](errors.md), what is wrong in `detail`, and a " +
      "`remedy`. The same description for programs is [openapi.json](schemas/openapi.json), and " +
      "`/api/v1/openapi.json` of a running service.",
    "## Who may call",
    "`Authorization: Bearer TOKEN`, with a token of `srwan token create --role`:",
    rows(
      ["role", "may"],
      ROLES_OF_CALLERS.map((role) => [code(role), MAY[role].join(", ")]),
    ),
    "## Pages, changes, repetitions",
    "Lists take `limit` and `after`; an answer with `next` has more behind it. What may be changed comes with an `ETag`: sent " +
      "back as `If-Match` it keeps one from overwriting what somebody else changed meanwhile (412). With an " +
      "`Idempotency-Key` the same request is done once and its answer given again. Too many requests in a minute are " +
      "refused with 429.",
    "## The live stream",
    "`GET /api/v1/live` (right: read) is a stream of server-sent events: `event` (with an `id`; `Last-Event-ID` goes on " +
      "from there), `status` of a policy, `config`, `presence` of a POP, `measured` (who reported). Agents connect to " +
      "`/api/v1/agent` ([messages](messages.md)); `GET /metrics` is for Prometheus ([metrics](metrics.md)).",
    ...tags.flatMap((tag) => [
      `## ${tag[0]?.toUpperCase()}${tag.slice(1)}`,
      ...ENDPOINTS.filter((one) => one.tag === tag).flatMap((one) => endpointParts(one, tools)),
    ]),
  ];
}

function endpointParts(endpoint: Endpoint, tools: Tools): string[] {
  const { method, path, summary, about, right, params, query, body, answer, status } = endpoint;
  const ok = status ?? (answer === undefined ? 204 : 200);
  return [
    `### \`${method} ${path}\``,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}. Right: ${right}. Answers ${ok}.`,
    ...(about === undefined ? [] : [about]),
    ...(params === undefined ? [] : fieldTables(params, "In the address", tools)),
    ...(query === undefined ? [] : fieldTables(query, "In the query", tools)),
    ...(body === undefined ? [] : fieldTables(body, "In the body", tools)),
    ...(answer === undefined ? [] : answerTable(answer, tools)),
  ];
}

export function messageParts(tools: Tools): string[] {
  const kinds = (schema: { readonly anyOf: readonly TSchema[] }): string[] =>
    schema.anyOf.flatMap((one) => {
      const { properties } = one as unknown as { properties: { kind: { const: string } } };
      return [`### \`${properties.kind.const}\``, ...fieldTables(one, "Fields", tools)];
    });
  return [
    "Between an agent and the topology service, as JSON texts over a WebSocket at `/api/v1/agent`. The service begins with a " +
      "`challenge`; the agent answers with `hello`, which it signs; then comes `welcome`. What has a `number` is told again " +
      "after the next connection until `kept` has named it. A field that is not listed is an error.",
    "## From the agent",
    ...kinds(FromAgent),
    "## From the service",
    ...kinds(FromService),
  ];
}

export const metricRows = (specs: Readonly<Record<string, MetricSpec>>, { rows, code }: Tools): string =>
  rows(
    ["metric", "kind", "labels", "meaning"],
    Object.values(specs).map(({ name, kind, labels, help }) => [
      code(`srwan_${name}`),
      kind,
      (labels ?? []).map(code).join(" "),
      help,
    ]),
  );

/** As a running service gives it; nothing of the context is used for that. */
export async function openApi(): Promise<string> {
  const app = await buildApp({ version: "0", requestsPerMinute: 1 } as ApiContext);
  await app.ready();
  const text = JSON.stringify(app.swagger(), null, 2);
  await app.close();
  return `${text}\n`;
}
