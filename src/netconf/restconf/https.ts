// One HTTPS request, with everything that can go wrong told apart: nobody there, a certificate that does not verify, no
// answer in time, an answer that is too large.

import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";

export type Tls = {
  /** PEM of those whose certificates are taken; the machine's own list where none is given. */
  readonly ca?: string;
  /** Ours, where the device wants one. */
  readonly cert?: string;
  readonly key?: string;
  /** What the certificate must be for, where the URL names an address. */
  readonly serverName?: string;
};

export type Basic = { readonly user: string; readonly password: string };

export type Asked = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly deadlineMs: number;
  /** Without an answer it is not known whether the device did it. */
  readonly changes: boolean;
};

export type Answered = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
};

export class Https {
  readonly #agent: Agent;

  constructor(tls: Tls = {}) {
    const { serverName, ...files } = tls;
    this.#agent = new Agent({
      keepAlive: true,
      minVersion: "TLSv1.2",
      ...files,
      ...(serverName !== undefined && { servername: serverName }),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async ask(asked: Asked): Promise<Answered> {
    const { response, late } = await this.#open(asked);
    const parts: Buffer[] = [];
    let octets = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        octets += part.length;
        if (octets > LIMITS.restconfAnswerMaxOctets) throw tooLarge();
        parts.push(part);
      }
    } catch (error) {
      throw error instanceof SrwanError ? error : failed(error as Error, asked, late);
    }
    return {
      status: response.statusCode ?? 0,
      headers: response.headers as Answered["headers"],
      text: Buffer.concat(parts).toString("utf8"),
    };
  }

  /** The answer's body as it comes; the caller ends it. */
  async stream(asked: Asked): Promise<IncomingMessage> {
    const { response } = await this.#open(asked);
    return response;
  }

  #open(asked: Asked): Promise<{ response: IncomingMessage; late: AbortSignal }> {
    const { method, url, headers, body, signal, deadlineMs } = asked;
    const late = AbortSignal.timeout(deadlineMs);
    const any = signal ? AbortSignal.any([signal, late]) : late;
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.#agent, headers: { ...headers }, signal: any }, (response) =>
        resolve({ response, late }),
      );
      sent.on("error", (error) => reject(signal?.aborted ? signal.reason : failed(error, asked, late)));
      sent.end(body);
    });
  }
}

/** Before the handshake is through, nothing was asked of the device. */
const NOTHING_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|HOSTNAME)/;

function failed(
  error: NodeJS.ErrnoException,
  { url, method, changes, deadlineMs }: Asked,
  late: AbortSignal,
): SrwanError {
  const code = error.code ?? "";
  const isTls = /^(CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|HOSTNAME)/.test(code);
  const why = late.aborted ? `no answer within ${deadlineMs} ms` : error.message || code;
  return new SrwanError("RESTCONF_UNREACHABLE", `${method} ${url.host} failed: ${why}`, {
    remedy: isTls
      ? "Give the authority that signed the device's certificate; it cannot be left unchecked."
      : changes
        ? "Read the device back before anything else: it may have done it."
        : "Check the address and that RESTCONF is on; try again.",
    retryable: !isTls,
    deviceStateKnown: !changes || NOTHING_SENT.test(code),
    cause: error,
  });
}

const tooLarge = (): SrwanError =>
  new SrwanError("RESTCONF_MALFORMED", `an answer of more than ${LIMITS.restconfAnswerMaxOctets} octets`, {
    remedy: "Ask for less: depth, fields, or a path further down.",
  });
