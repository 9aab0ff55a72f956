// Who may, before every route there is: one that does not say who may is not built. The caller is found first, so that calls
// are counted as a token's or an address's; who may not is refused once the call was counted, before its body is read.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { asSrwanError, type SrwanError } from "../../../base/errors.ts";
import { callerOf, mayNot, NOBODY } from "./access.ts";
import type { ApiContext, Caller, Right } from "./endpoint.ts";

export type Door = { readonly method: string; readonly url: string; readonly right: Right };

type Found = { readonly caller: Caller; readonly refusal?: SrwanError | undefined };

const doors = new WeakMap<FastifyInstance, Door[]>();
const found = new WeakMap<FastifyRequest, Found>();

/** For the configuration of a route. */
export const may = (right: Right, more: object = {}): { readonly config: never } => ({
  config: { right, ...more } as never,
});

/** Before any route is. */
export function guard(app: FastifyInstance, context: ApiContext): void {
  const all: Door[] = [];
  doors.set(app, all);
  app.addHook("onRoute", ({ method, url, config }) => {
    const right = rightOf(config);
    if (right === undefined) throw new Error(`${method} ${url} does not say who may`);
    for (const one of [method].flat()) all.push({ method: one, url, right });
  });
  app.addHook("onRequest", async (request) => {
    // What is no route is the same to everybody.
    const right = rightOf(request.routeOptions.config) ?? "anybody";
    found.set(request, await callerFor(context, request, right));
  });
  app.addHook("preParsing", async (request) => {
    const { refusal } = found.get(request) ?? {};
    if (refusal !== undefined) throw refusal;
  });
}

async function callerFor(context: ApiContext, request: FastifyRequest, right: Right): Promise<Found> {
  if (right === "anybody") return { caller: NOBODY };
  try {
    const caller = await callerOf(context, request);
    return { caller, refusal: mayNot(caller, right) };
  } catch (thrown) {
    return { caller: NOBODY, refusal: asSrwanError(thrown) };
  }
}

const rightOf = (config: unknown): Right | undefined => (config as { right?: Right } | undefined)?.right;

/** Nobody, where anybody may or who it is was not to be seen. */
export const callerIn = (request: FastifyRequest): Caller => found.get(request)?.caller ?? NOBODY;

/** Whose calls are counted together: a token's that stands, else those of one address: who guesses tokens is one caller. */
export const countedAs = (request: FastifyRequest): string => callerIn(request).id || request.ip;

/** Every route that was built, with who may. */
export const doorsOf = (app: FastifyInstance): readonly Door[] => doors.get(app) ?? [];
