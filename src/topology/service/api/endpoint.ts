// What an endpoint is: a value that says its path, who may call it, its schemas, and what it does. Routes, OpenAPI, the
// reference and the tests of all endpoints are made from these values.

import { type Static, type TObject, type TSchema, Type } from "typebox";
import { LIMITS } from "../../../base/limits.ts";
import type { Logger } from "../../../base/log.ts";
import type { Metrics } from "../../../base/metrics.ts";
import { closed, whole } from "../../../wire/parts.ts";
import type { Store } from "../../store/store.ts";
import type { Authority } from "../authority.ts";
import type { Live } from "../live.ts";
import type { SettlementPort } from "../settlement-port.ts";
import type { CallerRole, Right } from "./rights.ts";

export { type CallerRole, MAY, RIGHTS, type Right, ROLES_OF_CALLERS } from "./rights.ts";

export type Caller = { readonly id: string; readonly name: string; readonly role: CallerRole };

/** What endpoints work with. */
export type ApiContext = {
  readonly store: Store;
  readonly authority: Authority;
  readonly service: string;
  readonly version: string;
  readonly certificateDays: number;
  readonly metrics: Metrics;
  /** Reads what is read only when somebody scrapes. */
  readonly freshMetrics: () => Promise<void>;
  readonly metricsOpen: boolean;
  /** Where docs/ is published. */
  readonly docs: string;
  readonly live: Live;
  /** Undefined where nothing of a settlement is set up. */
  readonly settlement?: SettlementPort | undefined;
  readonly log: Logger;
  /** Requests of one caller in a minute. */
  readonly requestsPerMinute: number;
};

export type Asked<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** Of If-Match; undefined where anything will do. */
  readonly ifMatch: number | undefined;
  readonly lastEventId: string | undefined;
};

export type Answer = {
  /** Else 200, or 204 without a body. */
  readonly status?: number;
  readonly body?: unknown;
  readonly etag?: number;
  readonly location?: string;
};

type Form<P extends TObject, Q extends TObject, B extends TSchema> = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** One word for programs: operationId. */
  readonly name: string;
  readonly tag: string;
  readonly right: Right;
  readonly summary: string;
  readonly about?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer?: TSchema;
  readonly status?: number;
  readonly maxOctets?: number;
  /** What If-Match is held against; without it nothing here has an ETag to be stale. */
  readonly matches?: string;
  /** Its answer holds a secret: it is given once, and never kept to be given again. */
  readonly secret?: boolean;
  readonly run: (context: ApiContext, asked: Asked<Static<P>, Static<Q>, Static<B>>) => Promise<Answer>;
};

export type Endpoint = Omit<Form<TObject, TObject, TSchema>, "run"> & {
  readonly run: (context: ApiContext, asked: Asked<never, never, never>) => Promise<Answer>;
};

/** Takes the types of what is asked from the schemas. */
export const endpoint = <
  P extends TObject = ReturnType<typeof Type.Object>,
  Q extends TObject = ReturnType<typeof Type.Object>,
  B extends TSchema = ReturnType<typeof Type.Null>,
>(
  form: Form<P, Q, B>,
): Endpoint => form as unknown as Endpoint;

export const limit = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: LIMITS.pageItemsMax,
    description: `Items of one answer (${LIMITS.pageItems}).`,
  }),
);

export const after = Type.Optional(
  Type.String({ maxLength: 512, description: "Where the page before ended: its `next`." }),
);

/** Where items have numbers. */
export const afterNumber = Type.Optional(whole("Where the page before ended: its `next`."));

/** A page of a list: `next` is there where more follows. */
export const page = (item: TSchema, description: string) =>
  Type.Object(
    {
      items: Type.Array(item),
      next: Type.Optional(Type.String({ description: "Give it as `after` for what follows." })),
    },
    { ...closed, description },
  );

/** One more is read than asked for, to know whether more follows. */
export function pageOf<T, U>(
  rows: readonly T[],
  size: number,
  item: (row: T) => U,
  cursor: (row: T) => string,
): Answer {
  const last = rows.length > size ? rows[size - 1] : undefined;
  return { body: { items: rows.slice(0, size).map(item), ...(last === undefined ? {} : { next: cursor(last) }) } };
}

export const sizeOf = (asked: number | undefined): number => asked ?? LIMITS.pageItems;
