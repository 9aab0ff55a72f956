// The API as a fastify application: each endpoint a route, in front of it who calls, how often, and whether the same was
// asked before; behind it the audit log. Every error leaves as a problem.

import { createHash } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import { audit, claimAnswer, keepAnswer } from "../../store/audit.ts";
import { restconfRoutes } from "../restconf/routes.ts";
import { webRoutes } from "../web.ts";
import { NOBODY } from "./access.ts";
import type { Answer, ApiContext, Asked, Endpoint } from "./endpoint.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { callerIn, countedAs, guard, may } from "./guard.ts";
import { liveRoute } from "./live-route.ts";
import { PROBLEM_TYPE, Problem, problemOf } from "./problem.ts";
import { checker } from "./validate.ts";

type Call = { key?: string; why?: string };
const calls = new WeakMap<FastifyRequest, Call>();

export type Tls = Pick<SecureContextOptions, "cert" | "key">;

export async function buildApp(context: ApiContext, tls?: Tls): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: LIMITS.bodyMaxOctets,
    requestTimeout: LIMITS.requestMs,
    // A caller that stays connected does not keep the service from stopping.
    forceCloseConnections: true,
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: "TLSv1.2" as const } }),
  }) as unknown as FastifyInstance;
  app.setValidatorCompiler(({ schema, httpPart }) => checker(schema as TSchema, httpPart ?? "body") as never);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((thrown, request, reply) => refuse(context, request, reply, thrown));
  app.setNotFoundHandler((request, reply) => {
    const remedy = "See docs/reference/api.md, or /api/v1/openapi.json of this service.";
    return refuse(
      context,
      request,
      reply,
      new SrwanError("NOT_THERE", `${request.method} ${pathOf(request)} is no endpoint`, { remedy }),
    );
  });
  // A body of anything but JSON is not looked at.
  app.removeContentTypeParser("text/plain");
  await app.register(rateLimit, {
    max: context.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: countedAs,
    cache: LIMITS.callersCounted,
    errorResponseBuilder: (_request, { ttl }) =>
      new SrwanError("RATE_LIMITED", `more than ${context.requestsPerMinute} requests in a minute`, {
        remedy: `Wait ${Math.ceil(ttl / 1_000)} seconds; read pages of more items, or the live stream.`,
      }),
  });
  guard(app, context);
  await app.register(swagger, { openapi: OPENAPI(context.version), convertConstToEnum: false });
  app.addHook("onSend", (request, reply, payload) => record(context, request, reply, payload));
  for (const endpoint of ENDPOINTS) route(app, context, endpoint);
  liveRoute(app, context);
  await restconfRoutes(app, context);
  documents(app, context);
  webRoutes(app);
  return app;
}

function route(app: FastifyInstance, context: ApiContext, endpoint: Endpoint): void {
  const { method, path, params, query, body, maxOctets, right } = endpoint;
  app.route({
    method,
    url: path,
    ...(maxOctets === undefined ? {} : { bodyLimit: maxOctets }),
    ...may(right, { endpoint, ...(right === "anybody" && method === "GET" ? { rateLimit: false } : {}) }),
    schema: {
      ...described(endpoint),
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
    } as never,
    preHandler: (request, reply) => again(context, endpoint, request, reply),
    handler: async (request, reply) => {
      const asked: Asked<unknown, unknown, unknown> = {
        params: request.params,
        query: request.query,
        body: request.body,
        caller: callerIn(request),
        ifMatch: ifMatchOf(request, endpoint),
        lastEventId: undefined,
      };
      return send(request, reply, await endpoint.run(context, asked as Asked<never, never, never>));
    },
  });
}

const described = ({ name, tag, summary, about, answer, status, right }: Endpoint) => ({
  operationId: name,
  tags: [tag],
  summary,
  ...(about === undefined ? {} : { description: about }),
  ...(right === "anybody" ? { security: [] } : {}),
  response: {
    [status ?? (answer === undefined ? 204 : 200)]: answer ?? { type: "null", description: "Done." },
    default: Problem,
  },
});

function send(request: FastifyRequest, reply: FastifyReply, { status, body, etag, location }: Answer): FastifyReply {
  if (location !== undefined) void reply.header("location", location);
  if (etag !== undefined) {
    void reply.header("etag", `"${etag}"`);
    if (request.method === "GET" && request.headers["if-none-match"] === `"${etag}"`) return reply.code(304).send();
  }
  if (body === undefined) return reply.code(status ?? 204).send();
  return reply
    .code(status ?? 200)
    .type("application/json; charset=utf-8")
    .send(body);
}

function refuse(context: ApiContext, request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const { problem, error } = problemOf(ofFastify(thrown));
  if (problem.status >= 500)
    context.log.error("a request failed", { method: request.method, path: pathOf(request), error });
  if (problem.status === 401) void reply.header("www-authenticate", "Bearer");
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem);
}

/** Fastify's own refusals in our words. */
function ofFastify(thrown: unknown): unknown {
  if (thrown instanceof SrwanError) return thrown;
  const { code, statusCode, message } = thrown as { code?: string; statusCode?: number; message?: string };
  if (statusCode === 413) {
    return new SrwanError("REQUEST_TOO_LARGE", "the body is larger than this endpoint takes", {
      remedy: "Send it in parts: a policy at a time.",
    });
  }
  if (statusCode === undefined || statusCode >= 500) return thrown;
  const remedy =
    code === "FST_ERR_CTP_INVALID_MEDIA_TYPE"
      ? "Send application/json."
      : "Send a body of JSON that fits the endpoint.";
  return new SrwanError("REQUEST_INVALID", `body: ${message ?? "cannot be read"}`, {
    remedy,
    details: { field: "body" },
  });
}

/** Without what stands behind it: that may be anything. */
const pathOf = (request: FastifyRequest): string => request.url.split("?")[0] ?? "";

/** The number of an ETag of ours; undefined where anything will do. */
function ifMatchOf({ headers }: FastifyRequest, { method, matches }: Endpoint): number | undefined {
  const text = headers["if-match"];
  if (method === "GET" || text === undefined || text === "*") return undefined;
  if (matches === undefined) {
    throw new SrwanError("CHANGE_STALE", "If-Match is given where nothing has an ETag", { remedy: "Leave it out." });
  }
  const [, digits] = /^"(\d{1,15})"$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new SrwanError("CHANGE_STALE", `If-Match ${JSON.stringify(text.slice(0, 80))} is no ETag of this service`, {
    remedy: "Send the ETag of what was read, with its quotes, or leave it out.",
  });
}

const KEY = /^[\x21-\x7e]{1,128}$/;

/** The same key and the same request: the answer of the first time. */
async function again(
  context: ApiContext,
  { method, path, secret }: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const call: Call = whyOf(request.body);
  calls.set(request, call);
  const caller = callerIn(request);
  const key = request.headers["idempotency-key"];
  if (method === "GET" || key === undefined || caller === NOBODY) return;
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new SrwanError("REQUEST_INVALID", "headers.idempotency-key has characters that it must not", {
      remedy: "Give 1 to 128 printable characters without spaces: a UUID.",
    });
  }
  const digest = createHash("sha256")
    .update(JSON.stringify(request.body ?? null))
    .digest("base64url");
  const said = await claimAnswer(context.store, caller.id, key, `${method} ${request.url} ${digest}`);
  if (said === "first") {
    call.key = key;
    return;
  }
  if (said === "other") {
    throw new SrwanError("KEY_REUSED", "the idempotency key was used for another request", {
      remedy: "Use a new key for each request that is not a repetition.",
    });
  }
  if (said === "under way" || secret === true) {
    throw new SrwanError(
      "ANSWER_PENDING",
      `${method} ${path} with this key ${said === "under way" ? "is being answered" : "was answered, and its secret is told once"}`,
      {
        remedy: said === "under way" ? "Ask again in a moment." : "Take back what it made, and ask with a new key.",
      },
    );
  }
  void reply.header("idempotent-replayed", "true");
  return reply.code(said.status).type("application/json; charset=utf-8").send(said.body);
}

const whyOf = (body: unknown): { why?: string } => {
  const { why } = (body ?? {}) as { why?: unknown };
  return typeof why === "string" ? { why } : {};
};

/** Before the answer goes out: whoever reads that it was done finds it in the audit log. */
async function record(context: ApiContext, request: FastifyRequest, reply: FastifyReply, payload: unknown) {
  const { endpoint } = request.routeOptions.config as { endpoint?: Endpoint };
  const call = calls.get(request);
  const { statusCode } = reply;
  // Who calls too often fills no log.
  if (endpoint === undefined || request.method === "GET" || statusCode === 429) return payload;
  const { store, log } = context;
  const caller = callerIn(request);
  try {
    if (call?.key !== undefined) {
      const body = endpoint.secret === true ? "" : String(payload ?? "");
      const kept = statusCode < 500 ? { status: statusCode, body } : undefined;
      await keepAnswer(store, caller.id, call.key, kept);
      delete call.key;
    }
    await audit(store, {
      caller: caller.name,
      role: caller === NOBODY ? "" : caller.role,
      address: request.ip ?? "unix",
      what: endpoint.name,
      subject: Object.values((request.params ?? {}) as Record<string, unknown>).join(" "),
      outcome: statusCode,
      why: call?.why ?? "",
    });
  } catch (error) {
    log.error("the audit log could not be written", { what: endpoint.name, outcome: statusCode, error });
  }
  return payload;
}

function documents(app: FastifyInstance, context: ApiContext): void {
  const hidden = { schema: { hide: true } as never };
  app.get("/api/v1/openapi.json", { ...hidden, ...may("anybody", { rateLimit: false }) }, () => app.swagger());
  app.get("/metrics", { ...hidden, ...may(context.metricsOpen ? "anybody" : "read") }, async (_request, reply) => {
    await context.freshMetrics();
    return reply.type(context.metrics.contentType).send(await context.metrics.expose());
  });
}

const OPENAPI = (version: string) => ({
  openapi: "3.1.0",
  info: {
    title: "srwan topology service",
    version,
    description:
      "Every error is problem+json with a code and a remedy; lists come in pages; changes take If-Match and Idempotency-Key.",
  },
  components: { securitySchemes: { token: { type: "http" as const, scheme: "bearer" } } },
  security: [{ token: [] }],
});
