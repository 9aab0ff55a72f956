// The dashboard as the service hands it out: what browsers keep, what they may run, and what a clone says that has not
// built it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import Fastify from "fastify";
import { afterAll, describe, expect, it } from "vitest";
import { webRoutes } from "../../src/topology/service/web.ts";

const SCRIPT = "globalThis.answer = 42;";
const folder = mkdtempSync(join(tmpdir(), "srwan-web-"));
afterAll(() => rmSync(folder, { recursive: true }));

mkdirSync(join(folder, "built", "assets"), { recursive: true });
writeFileSync(join(folder, "built", "index.html"), "<!doctype html>");
writeFileSync(join(folder, "built", "assets", "index-a1.js"), SCRIPT);
writeFileSync(join(folder, "built", "assets", "index-a1.js.br"), brotliCompressSync(SCRIPT));
writeFileSync(join(folder, "built", "assets", "index-a1.js.gz"), gzipSync(SCRIPT));
writeFileSync(join(folder, "built", "secret.pem"), "no page needs this");

function served(from: string) {
  const app = Fastify();
  webRoutes(app as never, join(folder, from));
  return (url: string, coding = "") => app.inject({ url, headers: { "accept-encoding": coding } });
}

describe("a built dashboard", () => {
  const get = served("built");

  it("may run nothing but its own files, and stands in nobody's frame", async () => {
    const { headers, statusCode } = await get("/");
    expect(statusCode).toBe(200);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
  });

  it("is kept for good where the name holds a digest, and asked for anew where not", async () => {
    expect((await get("/assets/index-a1.js")).headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect((await get("/")).headers["cache-control"]).toBe("no-cache");
  });

  it("comes as small as the browser takes it", async () => {
    const [plain, gzip, br] = await Promise.all(
      ["", "gzip, deflate", "gzip, deflate, br"].map((coding) => get("/assets/index-a1.js", coding)),
    );
    expect(plain?.body).toBe(SCRIPT);
    expect([gzip?.headers["content-encoding"], br?.headers["content-encoding"]]).toEqual(["gzip", "br"]);
    expect(gunzipSync(gzip?.rawPayload ?? "").toString()).toBe(SCRIPT);
    expect(brotliDecompressSync(br?.rawPayload ?? "").toString()).toBe(SCRIPT);
  });

  it.each(["/secret.pem", "/assets/../secret.pem", "/assets/..%2fsecret.pem", "/assets/"])("has no %s", async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  });
});

it("a clone that has not built it says how", async () => {
  const { body, statusCode, headers } = await served("nothing")("/");
  expect(statusCode).toBe(200);
  expect(body).toContain("make web");
  expect(headers["cache-control"]).toBe("no-store");
});
