// Words of the schemas of answers: each takes what the field means.

import { type TProperties, type TSchema, Type } from "typebox";

export const closed = { additionalProperties: false } as const;

export const text = (description: string) => Type.String({ description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });
export const figure = (description: string) => Type.Number({ description });
export const yes = (description: string) => Type.Boolean({ description });
export const oneOf = (values: readonly string[], description: string) => Type.Enum([...values], { description });
/** A counter or money: decimal text, for a JSON number would lose its low digits. */
export const whole = (description: string) => Type.String({ pattern: "^-?[0-9]+$", description });
export const coins = (description: string) => whole(`${description} In units of 10^-18 SEG.`);
export const seconds = (description: string) => whole(`${description} In seconds since 1970.`);
export const hash = (description: string) => Type.String({ pattern: "^0x[0-9a-f]{64}$", description });
export const account = (description: string) => Type.String({ pattern: "^0x[0-9a-fA-F]{40}$", description });
export const TRANSACTION = hash("The transaction that did it.");

export const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
export const list = (schema: TSchema, description?: string) =>
  Type.Array(schema, description === undefined ? {} : { description });
export const texts = (description: string) => list(Type.String(), description);
/** By a name that is not known beforehand. */
export const byName = (schema: TSchema, description: string) => Type.Record(Type.String(), schema, { description });
export const part = <P extends TProperties>(fields: P, description?: string) =>
  Type.Object(fields, { ...closed, ...(description === undefined ? {} : { description }) });
/** What a verb answers with. */
export const answer = <P extends TProperties>(verb: string, fields: P) =>
  Type.Object(fields, { ...closed, title: `srwan ${verb}` });
export const either = (verb: string, ...schemas: readonly TSchema[]) =>
  Type.Union([...schemas], { title: `srwan ${verb}` });
