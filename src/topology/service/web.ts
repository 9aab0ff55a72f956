// The dashboard's built files, read once and served from memory: as they are, or as they were compressed when they were
// built. Names of assets hold their digest, so browsers keep them for good; the page itself is asked for anew.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { may } from "./api/guard.ts";

/** Beside the sources in a clone, and in the shipped package alike. */
export const WEB_FOLDER = fileURLToPath(new URL("../../../dist/web/", import.meta.url));

type Asset = {
  readonly type: string;
  readonly cache: string;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
};

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
};

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const SAFE = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
} as const;

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>srwan</title></head>
<body><h1>The dashboard is not built here</h1>
<p>Run <code>make web</code> in this clone and start the controller anew. The API is at <code>/api/v1</code>.</p>
</body></html>
`;

export function webRoutes(app: FastifyInstance, folder = WEB_FOLDER): void {
  const assets = readAssets(folder);
  const page: Asset = assets.get("index.html") ?? {
    type: TYPES[".html"] ?? "",
    cache: "no-store",
    plain: Buffer.from(NOT_BUILT),
    br: undefined,
    gzip: undefined,
  };
  const hidden = { schema: { hide: true } as never, ...may("anybody", { rateLimit: false }) };
  app.get("/", hidden, (request, reply) => send(request, reply, page));
  for (const [path, asset] of assets) {
    if (path !== "index.html") app.get(`/${path}`, hidden, (request, reply) => send(request, reply, asset));
  }
}

function readAssets(folder: string): ReadonlyMap<string, Asset> {
  if (!existsSync(join(folder, "index.html"))) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const known = new Set(names);
  const packed = (name: string, end: string) =>
    known.has(name + end) ? readFileSync(join(folder, name + end)) : undefined;
  return new Map(
    names.flatMap((name): [string, Asset][] => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const cache = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
      const plain = readFileSync(join(folder, name));
      return [[name, { type, cache, plain, br: packed(name, ".br"), gzip: packed(name, ".gz") }]];
    }),
  );
}

function send(request: FastifyRequest, reply: FastifyReply, { type, cache, plain, br, gzip }: Asset): FastifyReply {
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const takes = (coding: string): boolean => new RegExp(`(^|[ ,])${coding}($|[ ,;])`).test(accepted);
  void reply.headers({ ...SAFE, "cache-control": cache, vary: "accept-encoding" }).type(type);
  if (br !== undefined && takes("br")) return reply.header("content-encoding", "br").send(br);
  if (gzip !== undefined && takes("gzip")) return reply.header("content-encoding", "gzip").send(gzip);
  return reply.send(plain);
}
