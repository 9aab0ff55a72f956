// Joins a POP to a service: makes its key pair, shows the token, and keeps what comes back. Joining again with another
// token keeps the key, so that it is still the same POP. The token says which service is the right one: no other sees it.

import { createHash, X509Certificate } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { TLSSocket } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { SrwanError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { misfit } from "../base/misfit.ts";
import { AUTHORITY_PATH, JOIN_PATH } from "../wire/message.ts";
import { JoinReply, type JoinRequest, type PopRecord } from "../wire/pop.ts";
import { type Identity, newPrivateKey, publicKeyOf, readIdentity, writeIdentity } from "./identity.ts";
import type { StateFolder } from "./state-folder.ts";

export type JoinPlan = {
  readonly folder: StateFolder;
  readonly service: string;
  readonly token: string;
  readonly record: PopRecord;
  /** Of the service's certificate, in PEM, where that is neither the service's own authority nor one this machine trusts. */
  readonly authority?: string;
};

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Where a service is: a URL, and the socket to reach it by where that is a file of this machine. */
export type ServicePlace = { readonly url: URL; readonly socketPath?: string };

/** Network namespaces part machines, not their files: a lab's agents reach their service by a Unix socket. */
const UNIX = /^unix:(\/.+)$/;

/** The service's address, refused where what is said to it could be read by others. */
export function servicePlace(text: string): ServicePlace {
  const [, socketPath] = UNIX.exec(text) ?? [];
  if (socketPath !== undefined) return { url: new URL("http://localhost"), socketPath };
  const url = URL.parse(text);
  const remedy = "Write it as https://host:port, or unix:/path on this machine; plain http is for this machine alone.";
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new SrwanError("VALUE_INVALID", `service ${text} is no URL of a service`, { remedy });
  }
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname)) {
    throw new SrwanError("VALUE_INVALID", `service ${text} is neither encrypted nor on this machine`, { remedy });
  }
  return { url };
}

export async function join(plan: JoinPlan, clock: Clock): Promise<Identity> {
  const { folder, service, token, record, authority } = plan;
  const place = servicePlace(service);
  const privateKey = readIdentity(folder)?.privateKey ?? newPrivateKey();
  const asked: JoinRequest = { token, publicKey: publicKeyOf(privateKey), pop: record };
  const ca = authority ?? (await authorityOf(place, token));
  const { status, body } = await ask(place, { method: "POST", path: JOIN_PATH, text: JSON.stringify(asked), ca });
  const reply = parsed(body);
  if (status !== 200 && status !== 201) throw refusal(status, reply);
  const wrong = misfit(JoinReply, reply, "Both ends must be srwan; see the versions of both.");
  if (wrong !== undefined) {
    throw new SrwanError(
      "WIRE_INVALID",
      `the service answered a join with ${wrong.path.join(".")} ${wrong.what}`,
      wrong,
    );
  }
  const { certificate, authority: own, group, locator, renewBeforeMs } = reply as JoinReply;
  const issuedMs = Number(clock.wallUs() / 1_000n);
  const identity = {
    service,
    privateKey,
    certificate,
    authority: ca === undefined && place.url.protocol === "https:" ? "" : trusted(own, authority),
    group,
    locator,
    issuedMs,
    renewBeforeMs,
    record,
  };
  writeIdentity(folder, identity);
  return identity;
}

function refusal(status: number, reply: unknown): SrwanError {
  const { detail, title, remedy } = (reply ?? {}) as Record<string, unknown>;
  const why = typeof detail === "string" ? detail : typeof title === "string" ? title : `status ${status}`;
  return new SrwanError(status >= 500 ? "SERVICE_UNREACHABLE" : "JOIN_REFUSED", `the service took no join: ${why}`, {
    remedy: typeof remedy === "string" ? remedy : "Ask who runs the service for a fresh token of this POP's name.",
    details: { status },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A join token ends with the digest of the authority's certificate. */
const OF_TOKEN = /^srwan-join\.[\w-]+\.[\w-]+\.([\w-]{43})$/;

/**
 * The authority that the token speaks of, asked of whoever answers there: its digest proves it, whatever the connection is
 * worth. Undefined where this machine trusts the service's certificate anyway.
 */
async function authorityOf(place: ServicePlace, token: string): Promise<string | undefined> {
  const [, digest] = OF_TOKEN.exec(token) ?? [];
  if (digest === undefined || place.url.protocol !== "https:") return undefined;
  const { body, isTrusted } = await ask(place, { method: "GET", path: AUTHORITY_PATH, isAnybody: true });
  const { certificate } = (parsed(body) ?? {}) as Record<string, unknown>;
  if (typeof certificate !== "string" || digestOf(certificate) !== digest) {
    throw new SrwanError("JOIN_REFUSED", `${place.url.origin} is not the service that this token is of`, {
      remedy: "Nothing was shown to it. Check --service, or ask who runs the service for a token of this one.",
    });
  }
  return isTrusted ? undefined : certificate;
}

function digestOf(pem: string): string | undefined {
  try {
    return createHash("sha256").update(new X509Certificate(pem).raw).digest("base64url");
  } catch {
    return undefined;
  }
}

/** Whom later connections trust: the service may have a certificate of its own authority, or of the one that was given. */
const trusted = (own: string, given: string | undefined): string =>
  given === undefined || given.trim() === own.trim() ? own : `${own.trim()}\n${given.trim()}\n`;

type Question = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly text?: string;
  readonly ca?: string | undefined;
  /** Asks whoever answers: what it says is proved in another way. */
  readonly isAnybody?: true;
};

type Answer = { readonly status: number; readonly body: string; readonly isTrusted: boolean };

function ask(
  { url: base, socketPath }: ServicePlace,
  { method, path, text = "", ca, isAnybody }: Question,
): Promise<Answer> {
  const url = new URL(path, base);
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const trust = { ...(ca && { ca }), ...(isAnybody && { rejectUnauthorized: false, agent: false as const }) };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(
        new SrwanError("SERVICE_UNREACHABLE", `${socketPath ?? url.origin}: ${error.message}`, {
          remedy:
            "Check the address and that the service runs; give its certificate's authority with --authority FILE.",
          cause: error,
        }),
      );
    const options = { method, headers, timeout: LIMITS.joinTimeoutMs, ...trust, ...(socketPath && { socketPath }) };
    const sent = request(url, options, (answer) => {
      const isTrusted = (answer.socket as TLSSocket).authorized === true;
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        body += part;
        if (body.length > LIMITS.joinReplyMaxOctets) sent.destroy(new Error("its answer is too long"));
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body, isTrusted }));
      answer.on("error", fail);
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.on("error", fail);
    sent.end(text);
  });
}
