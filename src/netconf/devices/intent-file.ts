// A file of intents, as a person wrote it: each is held to the schema of its own kind, so that an error names its field.

import { Type } from "typebox";
import { misfit } from "../../base/misfit.ts";
import { readYaml, refuseRepeats } from "../../base/yaml-file.ts";
import { DeviceIntent, INTENT_KINDS } from "../../wire/intent.ts";
import { oneOf } from "../../wire/parts.ts";

const REFERENCE = "docs/reference/schemas/intents.schema.json";

/** Kinds first: which schema is meant, the kind says. */
const Kinds = Type.Object(
  {
    intents: Type.Array(Type.Object({ kind: oneOf(INTENT_KINDS, "What is asked for.") }), {
      minItems: 1,
      maxItems: 10_000,
      description: "A list of what the router is to hold.",
    }),
  },
  { additionalProperties: false },
);

const SCHEMAS = DeviceIntent.anyOf;
const BY_KIND = new Map(SCHEMAS.map((schema) => [schema.properties.kind.const as string, schema]));

export function readIntents(text: string, file: string): readonly DeviceIntent[] {
  const { value, refuse } = readYaml(Kinds, { text, file, code: "INTENT_INVALID", reference: REFERENCE });
  const intents = value.intents.map((one, i) => {
    const schema = BY_KIND.get(one.kind);
    const wrong = schema && misfit(schema, one, `See ${REFERENCE}.`);
    if (wrong) throw refuse(["intents", i, ...wrong.path], wrong.what, wrong.remedy);
    return one as DeviceIntent;
  });
  refuseRepeats(refuse, ["intents"], intents, keyOf, "name");
  return intents;
}

/** What may be there once: two of it would overwrite each other. */
export function keyOf(intent: DeviceIntent): string {
  switch (intent.kind) {
    case "sid":
      return `SID ${intent.sid}`;
    case "route":
      return `route ${intent.prefix}`;
    case "dynamic-policy":
      return `policy ${intent.name}`;
    default:
      return `${intent.kind} ${intent.name}`;
  }
}
