// The other validators, over HTTP. Nothing that they say is believed: signatures are checked, evidence too.

import { Check } from "typebox/value";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { CoSigned, EvidenceAnswer, type EvidenceItem } from "../../wire/settlement.ts";
import type { Peer } from "./quorum.ts";

export const httpPeer = (url: string): Peer => ({
  name: url,
  propose: async (proposal) => {
    const answer = await post(`${url}/v1/proposals`, proposal);
    if (Check(CoSigned, answer)) return answer;
    throw unusable(url);
  },
  give: async (epoch, items) => {
    for (let at = 0; at < items.length; at += LIMITS.evidenceItemsMax) {
      await post(`${url}/v1/proposals/${epoch}/evidence`, { items: items.slice(at, at + LIMITS.evidenceItemsMax) });
    }
  },
});

/** What an agent or a consumer does: it goes on sending until it is answered. */
export async function sendEvidence(url: string, items: readonly EvidenceItem[]): Promise<EvidenceAnswer> {
  const answer = await post(`${url}/v1/evidence`, { items });
  if (Check(EvidenceAnswer, answer)) return answer;
  throw unusable(url);
}

async function post(url: string, body: unknown): Promise<unknown> {
  let status = 0;
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(LIMITS.validatorAnswerMs),
    });
    status = answer.status;
    const said = (await answer.json()) as { message?: string };
    if (answer.ok) return said;
    throw new Error(`${status}: ${said.message ?? "no reason given"}`);
  } catch (error) {
    throw new SrwanError("VALIDATOR_SILENT", `${url}: ${(error as Error).message}`, {
      remedy: "See that the validator runs and can be reached; what was not answered is to be sent again.",
      cause: error,
    });
  }
}

const unusable = (url: string): SrwanError =>
  new SrwanError("VALIDATOR_SILENT", `${url}: its answer is none of a validator`, { remedy: "Check the URL." });
