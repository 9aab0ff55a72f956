// Completion: what may come next, computed from the verb values; the shells only ask and show. Pure.

import { FORMATS } from "./output.ts";
import type { Flag, Verb } from "./verb.ts";

/** Flags that every verb has; the program declares them from here. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: "-o, --output",
    value: "format",
    about: "table, wide, json or yaml",
    choices: FORMATS,
  },
  { name: "--config", value: "file", about: "configuration file instead of the usual ones" },
  { name: "--no-color", about: "no colour, even on a terminal" },
  { name: "-h, --help", about: "help for this verb" },
];

/** A verb's own formats stand beside those of every verb. */
export const globalFlagsOf = (verb: Verb | undefined): readonly Flag[] =>
  GLOBAL_FLAGS.map((flag) =>
    verb?.formats === undefined || flag.choices !== FORMATS
      ? flag
      : { ...flag, about: `${flag.about}; ${verb.formats.join(", ")}`, choices: [...FORMATS, ...verb.formats] },
  );

/** Candidates for the last of `words` (what is being typed, maybe empty) after the finished ones before it. */
export function complete(words: readonly string[], verbs: readonly Verb[]): string[] {
  const typed = words.at(-1) ?? "";
  const done = words.slice(0, -1);
  const shown = verbs.filter((verb) => verb.hidden !== true);
  const { verb, used } = findVerb(done, shown);
  const flags = [...(verb?.flags ?? []), ...globalFlagsOf(verb)];
  const awaiting = flags.find((flag) => flag.value && longAndShort(flag).includes(done.at(-1) ?? ""));
  if (awaiting) return startingWith(awaiting.choices ?? [], typed);
  if (typed.startsWith("-")) return startingWith(flags.flatMap(longAndShort), typed).filter((f) => f.startsWith("--"));
  const positional = done.slice(used).filter((word) => !word.startsWith("-"));
  if (!verb) return startingWith(nextWords(done, shown), typed);
  return startingWith(verb.arguments?.[positional.length]?.choices ?? [], typed);
}

function findVerb(done: readonly string[], verbs: readonly Verb[]): { verb: Verb | undefined; used: number } {
  const line = done.filter((word) => !word.startsWith("-"));
  const verb = verbs
    .filter((candidate) => candidate.name.split(" ").every((part, i) => line[i] === part))
    .sort((a, b) => b.name.length - a.name.length)[0];
  return { verb, used: verb ? verb.name.split(" ").length : 0 };
}

function nextWords(done: readonly string[], verbs: readonly Verb[]): string[] {
  const line = done.filter((word) => !word.startsWith("-"));
  const fitting = verbs.map((verb) => verb.name.split(" ")).filter((path) => line.every((word, i) => path[i] === word));
  return [...new Set(fitting.flatMap((path) => path[line.length] ?? []))];
}

/** "-o, --output" → ["-o", "--output"]. */
export const longAndShort = (flag: Flag): string[] => flag.name.split(", ");

const startingWith = (words: readonly string[], typed: string): string[] =>
  [...new Set(words)].filter((word) => word.startsWith(typed)).sort();
