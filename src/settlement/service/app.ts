// A validator's doors: evidence of agents and consumers, proposals of other validators, and how it stands. Who signed is in
// every piece of evidence, and proposals are signed by validators, so a caller needs no token.

import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance } from "fastify";
import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { asSrwanError, ERRORS } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { EvidencePost, Proposal } from "../../wire/settlement.ts";
import { disputes } from "../store/epochs.ts";
import type { SettlementStore } from "../store/store.ts";
import { epochAccount, evidencePage } from "./account.ts";
import { type Admit, VALIDATOR_HEADER } from "./between.ts";
import type { Intake } from "./intake.ts";
import type { Quorum } from "./quorum.ts";
import type { ValidatorStatus } from "./status.ts";

export type AppParts = {
  readonly store: SettlementStore;
  readonly intake: Intake;
  readonly quorum: Quorum;
  readonly status: () => Promise<ValidatorStatus>;
  readonly requestsPerMinute: number;
  /** Refuses what no validator signed. */
  readonly admit: Admit;
};

const ONE_EPOCH = Type.Object({ epoch: Type.String({ pattern: "^[0-9]{1,12}$" }) });
const STATUS: Readonly<Record<string, number>> = { usage: 400, notFound: 404, unavailable: 503, refused: 409 };

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { store, intake, quorum, status, admit } = parts;
  const app = Fastify({
    logger: false,
    bodyLimit: LIMITS.evidencePostMaxOctets,
    requestTimeout: LIMITS.requestMs,
    forceCloseConnections: true,
  });
  app.setValidatorCompiler(({ schema }) => checker(schema as TSchema));
  app.setErrorHandler((thrown, _request, reply) => {
    const { statusCode } = thrown as { statusCode?: number };
    const error = asSrwanError(thrown);
    const exit = ERRORS[error.code].exit;
    const code = statusCode !== undefined && statusCode < 500 ? statusCode : (STATUS[exit] ?? 500);
    return reply.code(code).send({ code: error.code, message: error.message, remedy: error.remedy });
  });
  await app.register(rateLimit, { max: parts.requestsPerMinute, timeWindow: 60_000, cache: LIMITS.callersCounted });

  app.post<{ Body: Static<typeof EvidencePost> }>("/v1/evidence", { schema: { body: EvidencePost } }, ({ body }) =>
    intake.take(body.items),
  );
  app.post<{ Body: Static<typeof EvidencePost>; Params: { epoch: string } }>(
    "/v1/proposals/:epoch/evidence",
    { schema: { body: EvidencePost, params: ONE_EPOCH } },
    async ({ headers, body, params: { epoch } }) => {
      await admit(headers[VALIDATOR_HEADER], `/v1/proposals/${epoch}/evidence`, body, Number(epoch));
      return intake.take(body.items, true);
    },
  );
  app.post<{ Body: Proposal }>(
    "/v1/proposals",
    { schema: { body: Proposal }, bodyLimit: LIMITS.proposalMaxOctets },
    async ({ headers, body }) => {
      await admit(headers[VALIDATOR_HEADER], "/v1/proposals", body, body.epoch);
      return quorum.answer(body);
    },
  );
  app.get<{ Params: { epoch: string } }>("/v1/epochs/:epoch", { schema: { params: ONE_EPOCH } }, ({ params }) =>
    epochAccount(store, Number(params.epoch)),
  );
  app.get<{ Params: { epoch: string }; Querystring: { after?: string } }>(
    "/v1/epochs/:epoch/evidence",
    {
      schema: { params: ONE_EPOCH, querystring: Type.Object({ after: Type.Optional(Type.String({ maxLength: 80 })) }) },
    },
    ({ params, query }) => evidencePage(store, Number(params.epoch), query.after ?? ""),
  );
  app.get("/v1/status", () => status());
  app.get<{ Querystring: { limit?: number } }>(
    "/v1/disputes",
    { schema: { querystring: Type.Object({ limit: Type.Optional(Type.String({ pattern: "^[0-9]{1,4}$" })) }) } },
    async ({ query }) => ({ disputes: await disputes(store, Number(query.limit ?? 100)) }),
  );
  return app;
}

function checker(schema: TSchema): (data: unknown) => { value: unknown } | { error: Error } {
  const compiled = Compile(schema);
  return (data) => {
    if (compiled.Check(data)) return { value: data };
    const [first] = compiled.Errors(data);
    return {
      error: Object.assign(new Error(`${first?.instancePath || "body"} ${first?.message}`), { statusCode: 400 }),
    };
  };
}
