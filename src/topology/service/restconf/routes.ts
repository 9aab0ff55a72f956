// The routes of RESTCONF, with the tokens and roles of the API: whoever may read there reads here, whoever may change there
// changes here, and both stand in the audit log.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { asSrwanError, SrwanError } from "../../../base/errors.ts";
import { LIMITS } from "../../../base/limits.ts";
import { audit } from "../../store/audit.ts";
import type { ApiContext, Caller } from "../api/endpoint.ts";
import { callerIn, may } from "../api/guard.ts";
import { contentOf, sendErrors, Unacceptable, wantsJson, YANG_JSON } from "./answers.ts";
import { HOST_META, LIBRARY_REVISION, moduleText, ROOT } from "./discovery.ts";
import { instancePath, LISTS, type Target, targetOf } from "./target.ts";
import { missing, shown } from "./tree.ts";
import { CHANGES, type Change, written } from "./write.ts";

const HIDDEN = { schema: { hide: true } as never };
const READ = { ...HIDDEN, ...may("read") };
const CHANGE = { ...HIDDEN, ...may("change") };

export async function restconfRoutes(app: FastifyInstance, context: ApiContext): Promise<void> {
  app.get("/.well-known/host-meta", { ...HIDDEN, ...may("anybody") }, (_request, reply) =>
    reply.type("application/xrd+xml").send(HOST_META),
  );
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser([YANG_JSON, "application/json"], { parseAs: "string" }, (_request, body, done) => {
        try {
          done(null, JSON.parse(String(body)));
        } catch (error) {
          done(new SrwanError("REQUEST_INVALID", "the body is no JSON", { remedy: "Send JSON.", cause: error }));
        }
      });
      scope.addContentTypeParser("*", (_request, _body, done) =>
        done(new Unacceptable(415, `a body is ${YANG_JSON}, and nothing else`)),
      );
      scope.setErrorHandler((thrown, request, reply) => refused(context, request, reply, thrown));
      scope.setNotFoundHandler((request, reply) => refused(context, request, reply, notFor(request)));
      reads(scope, context);
      writes(scope, context);
    },
    { prefix: ROOT },
  );
}

/** There, and not for that; or not there at all. */
function notFor(request: FastifyRequest): unknown {
  try {
    targetAt(request);
    return new Unacceptable(405, `${request.method} is not for this`);
  } catch (thrown) {
    return thrown;
  }
}

function reads(scope: FastifyInstance, context: ApiContext): void {
  const read = (path: string, body: (request: FastifyRequest) => unknown): void => {
    scope.get(path, READ, async (request, reply) => {
      wantsJson(request);
      return reply.type(YANG_JSON).send(JSON.stringify(body(request)));
    });
  };
  read("", () => ({
    "ietf-restconf:restconf": { data: {}, operations: {}, "yang-library-version": LIBRARY_REVISION },
  }));
  read("/yang-library-version", () => ({ "ietf-restconf:yang-library-version": LIBRARY_REVISION }));
  read("/operations", () => ({ "ietf-restconf:operations": {} }));
  scope.get("/modules/:name", READ, async (request, reply) => {
    const text = moduleText((request.params as { name: string }).name);
    if (text === undefined) throw missing("module of this name");
    return reply.type("application/yang").send(text);
  });
  for (const url of RESOURCES) {
    scope.get(url, READ, async (request, reply) => {
      wantsJson(request);
      const { body, etag } = await shown(context.store, targetAt(request), contentOf(request.query));
      if (etag !== undefined) {
        void reply.header("etag", `"${etag}"`);
        if (request.headers["if-none-match"] === `"${etag}"`) return reply.code(304).send();
      }
      return reply.header("cache-control", "no-cache").type(YANG_JSON).send(JSON.stringify(body));
    });
    scope.options(url, READ, async (request, reply) => {
      return reply
        .header("allow", allowed(targetAt(request)))
        .header("accept-patch", YANG_JSON)
        .code(200)
        .send();
    });
  }
}

const RESOURCES = ["/data", "/data/*", "/ds/*"];

function allowed({ store, node }: Target): string {
  const isWritable =
    (store === "data" || store === "candidate") && (node.kind === "policies" || node.kind === "policy");
  const changes = CHANGES.filter((one) => one !== "POST" || node.kind === "policies");
  return ["GET", "HEAD", "OPTIONS", ...(isWritable ? changes : [])].join(", ");
}

function writes(scope: FastifyInstance, context: ApiContext): void {
  const { store } = context;
  for (const url of RESOURCES) {
    scope.route({
      method: [...CHANGES],
      url,
      bodyLimit: LIMITS.configBodyMaxOctets,
      ...CHANGE,
      handler: async (request, reply) => {
        const method = request.method as Change;
        const caller = callerIn(request);
        const target = targetAt(request);
        try {
          const done = await written(store, target, method, request.body, {
            by: caller.name,
            ifMatch: ifMatchOf(request),
          });
          void reply.header("etag", `"${done.etag}"`);
          const at = method === "POST" ? `${pathOf(request)}/policy=${done.created}` : pathOf(request);
          const status = done.created !== undefined && (method === "POST" || target.node.kind === "policy") ? 201 : 204;
          await noted(context, caller, request, target, status);
          return status === 201 ? reply.code(201).header("location", at).send() : reply.code(204).send();
        } catch (thrown) {
          await noted(context, caller, request, target, thrown instanceof Unacceptable ? thrown.status : 400);
          throw thrown;
        }
      },
    });
  }
}

const noted = ({ store }: ApiContext, caller: Caller, request: FastifyRequest, target: Target, outcome: number) =>
  audit(store, {
    caller: caller.name,
    role: caller.role,
    address: request.ip ?? "unix",
    what: `restconf ${request.method} ${target.store}`,
    subject: instancePath(target) ?? "",
    outcome,
    why: "",
  });

const pathOf = ({ url }: FastifyRequest): string => (url.split("?")[0] ?? "").replace(/\/$/, "");
const targetAt = (request: FastifyRequest): Target => targetOf(pathOf(request).slice(ROOT.length + 1));

/** The number of an ETag of ours; undefined where anything will do. */
function ifMatchOf({ headers }: FastifyRequest): number | undefined {
  const text = headers["if-match"];
  if (text === undefined || text === "*") return undefined;
  const [, digits] = /^"(\d{1,15})"$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new SrwanError("CHANGE_STALE", `If-Match ${JSON.stringify(text.slice(0, 80))} is no ETag of this service`, {
    remedy: "Send the ETag of what was read, with its quotes, or leave it out.",
  });
}

function refused(context: ApiContext, request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const { statusCode } = thrown as { statusCode?: number };
  const known =
    statusCode === 413
      ? new SrwanError("REQUEST_TOO_LARGE", "the body is larger than is taken", { remedy: "Send a policy at a time." })
      : statusCode === 415
        ? new Unacceptable(415, `a body is ${YANG_JSON}, and nothing else`)
        : thrown;
  if (!(known instanceof Unacceptable) && asSrwanError(known).code === "INTERNAL") {
    context.log.error("a request failed", {
      method: request.method,
      path: pathOf(request),
      error: asSrwanError(known),
    });
  }
  return sendErrors(reply, known, pathIn(request));
}

/** Where the request was for something that there is. */
function pathIn(request: FastifyRequest): string | undefined {
  const isOurs = LISTS.some(({ module }) => request.url.includes(module));
  try {
    return isOurs ? instancePath(targetAt(request)) : undefined;
  } catch {
    return undefined;
  }
}
