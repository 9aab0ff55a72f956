// Whether what verbs really answer is what was published of them: every answer of a world of commands is held to its schema.

import { Errors } from "typebox/value";
import { ANSWERS } from "../../scripts/answers.ts";
import { jsonSafe } from "../../src/cli/output.ts";
import type { Verb } from "../../src/cli/verb.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";

/** What does not fit, by its place; empty where all does. */
export function misfits(verb: string, data: unknown): string[] {
  const schema = ANSWERS[verb];
  if (schema === undefined) return [`${verb}: nothing is published of its answer`];
  return Errors(schema, JSON.parse(JSON.stringify(data, jsonSafe)))
    .slice(0, 5)
    .map(({ instancePath, message }) => `${verb} -o json: ${instancePath || "the answer"} ${message}`);
}

/** The longest name that a command begins with. */
export const verbOf = (command: string): Verb | undefined =>
  VERBS.filter(({ name }) => `${command} `.startsWith(`srwan ${name} `)).toSorted(
    (a, b) => b.name.length - a.name.length,
  )[0];

export class AnswersHeard {
  /** Verbs whose answers were heard. */
  readonly verbs = new Set<string>();
  #misfits: string[] = [];

  /** The same verbs, and each answer is looked at. */
  readonly listening: readonly Verb[] = VERBS.map((verb) => ({
    ...verb,
    run: async (context, input) => {
      const view = await verb.run(context, input);
      if (view.data !== undefined && view.written !== true) this.#hear(verb.name, view.data);
      return view;
    },
  }));

  /** What a process printed under -o json: one document, or one after another. */
  printed(command: string, out: string): void {
    const verb = verbOf(command);
    if (verb === undefined || !/ -o json\b/.test(command) || /[|>]/.test(command) || out.trim() === "") return;
    for (const document of documentsIn(out)) this.#hear(verb.name, document);
  }

  /** What did not fit since this was asked before. */
  taken(): readonly string[] {
    const taken = this.#misfits;
    this.#misfits = [];
    return taken;
  }

  #hear(verb: string, data: unknown): void {
    this.verbs.add(verb);
    this.#misfits.push(...misfits(verb, data));
  }
}

function documentsIn(out: string): unknown[] {
  try {
    return [JSON.parse(out)];
  } catch {
    return out.split(/\n(?=[[{])/).map((document) => JSON.parse(document));
  }
}
