// A RESTCONF server over HTTPS that keeps services by name, written after RFC 8040 section by section; and wrong in any
// way that a script asks for.

import "reflect-metadata";
import { webcrypto } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate for loopback that signs itself. */
export async function loopbackCertificate(): Promise<{ cert: string; key: string }> {
  x509.cryptoProvider.set(globalThis.crypto);
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=router",
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  return { cert: certificate.toString("pem"), key };
}

export type RestScript = (request: IncomingMessage, response: ServerResponse, body: string) => boolean;

type Service = { readonly name: string; readonly [leaf: string]: unknown };

export class RestconfServer {
  readonly services = new Map<string, Service>();
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly cert: string;
  readonly #script: RestScript | undefined;
  #version = 1;
  port = 0;

  private constructor(cert: string, key: string, script: RestScript | undefined) {
    this.cert = cert;
    this.#script = script;
    this.#server = createServer({ cert, key }, (request, response) => void this.#take(request, response));
  }

  static async start(script?: RestScript): Promise<RestconfServer> {
    const { cert, key } = await loopbackCertificate();
    const server = new RestconfServer(cert, key, script);
    await new Promise<void>((done) => server.#server.listen(0, "127.0.0.1", done));
    server.port = (server.#server.address() as { port: number }).port;
    return server;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts).toString("utf8");
    this.requests.push(`${request.method} ${request.url}`);
    if (this.#script?.(request, response, body)) return;
    if (request.headers.authorization !== `Basic ${Buffer.from("admin:secret").toString("base64")}`) {
      return void this.#error(response, 401, "access-denied", "who are you");
    }
    this.#answer(request, response, body);
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { pathname } = new URL(request.url ?? "/", this.url);
    if (pathname === "/.well-known/host-meta") {
      response.writeHead(200, { "content-type": "application/xrd+xml" });
      response.end(
        `<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='restconf' href='/top/restconf'/></XRD>`,
      );
    } else if (pathname.startsWith("/top/restconf/data/ietf-restconf-monitoring:restconf-state/streams/stream=")) {
      this.#json(response, 200, {
        "ietf-restconf-monitoring:stream": [
          { name: "NETCONF", access: [{ encoding: "json", location: `${this.url}/streams/NETCONF` }] },
        ],
      });
    } else if (pathname === "/top/restconf/data/ietf-restconf-monitoring:restconf-state/capabilities") {
      const capability = [
        "urn:ietf:params:restconf:capability:depth:1.0",
        "urn:ietf:params:restconf:capability:yang-patch:1.0",
      ];
      this.#json(response, 200, { "ietf-restconf-monitoring:capabilities": { capability } });
    } else if (pathname === "/streams/NETCONF") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        ': hello\r\n\r\ndata: {"ietf-restconf:notification":\r\ndata: {"eventTime":"2026-01-01T00:00:00Z","n":1}}\r\n\r',
      );
      response.write('\ndata: {"ietf-restconf:notification":{"n":2}}\n\n');
      setTimeout(() => response.end(), 50);
    } else if (pathname.startsWith("/top/restconf/operations/")) {
      this.#json(response, 200, {
        "srwan-test:output": { echo: JSON.parse(body || "null"), big: "18446744073709551615" },
      });
    } else this.#data(request, response, pathname.replace("/top/restconf/data", ""), body);
  }

  #data(request: IncomingMessage, response: ServerResponse, path: string, body: string): void {
    const key = /^\/srwan-test:services\/service=(.+)$/.exec(path)?.[1];
    const name = key === undefined ? undefined : decodeURIComponent(key);
    const tag = `"${this.#version}"`;
    const { "if-match": ifMatch, "if-none-match": ifNoneMatch, accept = "" } = request.headers;
    if (ifMatch !== undefined && ifMatch !== tag)
      return void this.#error(response, 412, "operation-failed", "it was changed");
    if (ifNoneMatch === tag) return void response.writeHead(304, { etag: tag }).end();
    const given = (): Service => (JSON.parse(body)["srwan-test:service"] as Service[])[0] as Service;
    const changed = (status: number, headers: Record<string, string> = {}): void => {
      this.#version++;
      response.writeHead(status, { etag: `"${this.#version}"`, ...headers }).end();
    };
    if (request.method === "GET" && accept.includes("xml")) {
      response.writeHead(200, { "content-type": "application/yang-data+xml", etag: tag });
      const each = [...this.services.keys()].map((one) => `<service><name>${one}</name></service>`).join("");
      response.end(`<services xmlns="urn:srwan:test">${each}</services>`);
    } else if (request.method === "GET") {
      const found =
        name === undefined ? [...this.services.values()] : [this.services.get(name)].filter((one) => one !== undefined);
      if (name !== undefined && found.length === 0)
        return void this.#error(response, 404, "invalid-value", "no such service", path);
      this.#json(response, 200, { "srwan-test:service": found }, { etag: tag });
    } else if (request.method === "POST") {
      const service = given();
      if (this.services.has(service.name)) return void this.#error(response, 409, "data-exists", "it is there", path);
      this.services.set(service.name, service);
      changed(201, { location: `${this.url}/top/restconf/data/srwan-test:services/service=${service.name}` });
    } else if (request.method === "PUT" && name !== undefined) {
      const isNew = !this.services.has(name);
      this.services.set(name, given());
      changed(isNew ? 201 : 204);
    } else if (request.method === "DELETE" && name !== undefined) {
      if (!this.services.delete(name))
        return void this.#error(response, 404, "data-missing", "nothing to delete", path);
      changed(204);
    } else if (request.headers["content-type"]?.includes("yang-patch")) this.#patch(response, body);
    else if (request.method === "PATCH" && name !== undefined) {
      this.services.set(name, { ...this.services.get(name), ...given() });
      changed(204);
    } else this.#error(response, 405, "operation-not-supported", "not so");
  }

  /** All edits or none. */
  #patch(response: ServerResponse, body: string): void {
    const patch = JSON.parse(body)["ietf-yang-patch:yang-patch"];
    const next = new Map(this.services);
    for (const { "edit-id": id, operation, target, value } of patch.edit) {
      const name = decodeURIComponent(String(target).split("=")[1] ?? "");
      if (operation === "delete" && !next.delete(name)) {
        const error = [{ "error-type": "application", "error-tag": "data-missing", "error-message": `no ${name}` }];
        const edit = [{ "edit-id": id, "ietf-restconf:errors": { error } }];
        const status = { "patch-id": patch["patch-id"], "edit-status": { edit } };
        return void this.#json(response, 409, { "ietf-yang-patch:yang-patch-status": status });
      }
      if (operation === "create") next.set(name, value["srwan-test:service"][0]);
    }
    this.services.clear();
    for (const [name, service] of next) this.services.set(name, service);
    this.#json(response, 200, { "ietf-yang-patch:yang-patch-status": { "patch-id": patch["patch-id"], ok: [null] } });
  }

  #json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
    response.writeHead(status, { "content-type": "application/yang-data+json", ...headers }).end(JSON.stringify(value));
  }

  #error(response: ServerResponse, status: number, tag: string, message: string, path?: string): void {
    const error = [
      { "error-type": "application", "error-tag": tag, "error-message": message, ...(path && { "error-path": path }) },
    ];
    this.#json(response, status, { "ietf-restconf:errors": { error } });
  }
}
