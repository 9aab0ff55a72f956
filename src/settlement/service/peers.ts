// The other validators, over HTTP. Nothing that they say is believed: signatures are checked, evidence too.

import { Check } from "typebox/value";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { CoSigned, EpochAccount, EvidenceAnswer, type EvidenceItem, EvidencePage } from "../../wire/settlement.ts";
import type { SignedHeaders } from "./between.ts";
import type { Peer } from "./quorum.ts";

export const httpPeer = (url: string, signed: SignedHeaders): Peer => ({
  name: url,
  propose: async (proposal) => {
    const answer = await post(url, "/v1/proposals", proposal, signed);
    if (Check(CoSigned, answer)) return answer;
    throw unusable(url);
  },
  give: async (epoch, items) => {
    for (let at = 0; at < items.length; at += LIMITS.evidenceItemsMax) {
      const some = { items: items.slice(at, at + LIMITS.evidenceItemsMax) };
      await post(url, `/v1/proposals/${epoch}/evidence`, some, signed);
    }
  },
  account: async (epoch) => {
    const answer = await get(`${url}/v1/epochs/${epoch}`);
    if (answer === undefined || Check(EpochAccount, answer)) return answer;
    throw unusable(url);
  },
  page: async (epoch, after) => {
    const answer = await get(`${url}/v1/epochs/${epoch}/evidence?after=${encodeURIComponent(after)}`);
    if (Check(EvidencePage, answer)) return answer;
    throw unusable(url);
  },
});

/** What an agent or a consumer does: it goes on sending until it is answered. */
export async function sendEvidence(url: string, items: readonly EvidenceItem[]): Promise<EvidenceAnswer> {
  const answer = await post(url, "/v1/evidence", { items });
  if (Check(EvidenceAnswer, answer)) return answer;
  throw unusable(url);
}

const post = (at: string, path: string, value: unknown, signed?: SignedHeaders): Promise<unknown> =>
  asked(`${at}${path}`, async (signal) => {
    const body = JSON.stringify(value);
    const headers = { "content-type": "application/json", ...(await signed?.(path, body)) };
    const answer = await fetch(`${at}${path}`, { method: "POST", headers, body, signal });
    const said = (await answer.json()) as { message?: string };
    if (answer.ok) return said;
    throw new Error(`${answer.status}: ${said.message ?? "no reason given"}`);
  });

/** Undefined where there is nothing of that name. */
const get = (url: string): Promise<unknown> =>
  asked(url, async (signal) => {
    const answer = await fetch(url, { signal });
    const said = JSON.parse(await readAnswer(answer, LIMITS.evidencePageMaxOctets)) as { message?: string };
    if (answer.ok) return said;
    if (answer.status === 404) return undefined;
    throw new Error(`${answer.status}: ${said.message ?? "no reason given"}`);
  });

async function readAnswer(answer: Response, octetsMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const part of answer.body ?? []) {
    octets += part.byteLength;
    if (octets > octetsMax) throw new Error(`its answer is longer than ${octetsMax} octets`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

async function asked<T>(url: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await ask(AbortSignal.timeout(LIMITS.validatorAnswerMs));
  } catch (error) {
    throw new SrwanError("VALIDATOR_SILENT", `${url}: ${(error as Error).message}`, {
      remedy: "See that the validator runs and can be reached; what was not answered is to be sent again.",
      cause: error,
    });
  }
}

const unusable = (url: string): SrwanError =>
  new SrwanError("VALIDATOR_SILENT", `${url}: its answer is none of a validator`, { remedy: "Check the URL." });
