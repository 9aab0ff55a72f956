// Completion: what may come next, computed from the verb values; the shells only ask and show. Pure.

import { FORMATS } from "./output.ts";
import type { Flag, LiveNames, Verb } from "./verb.ts";

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

/** What may stand where the last of `words` (what is being typed, maybe empty) stands after the finished ones before it. */
export type Awaited = { readonly words: readonly string[]; readonly live?: LiveNames };

export function awaited(words: readonly string[], verbs: readonly Verb[]): Awaited {
  const typed = words.at(-1) ?? "";
  const done = words.slice(0, -1);
  const shown = verbs.filter((verb) => verb.hidden !== true);
  const { verb, used } = findVerb(done, shown);
  const flags = [...(verb?.flags ?? []), ...globalFlagsOf(verb)];
  const valued = flags.find((flag) => flag.value && longAndShort(flag).includes(done.at(-1) ?? ""));
  if (valued) return named(valued);
  if (typed.startsWith("-")) return { words: flags.flatMap(longAndShort).filter((flag) => flag.startsWith("--")) };
  if (!verb) return { words: nextWords(done, shown) };
  const arguments_ = verb.arguments ?? [];
  const place = positional(done.slice(used), flags);
  const argument = arguments_[place] ?? (arguments_.at(-1)?.variadic ? arguments_.at(-1) : undefined);
  return argument === undefined ? { words: [] } : named(argument);
}

const named = ({ choices, live }: Pick<Flag, "choices" | "live">): Awaited => ({
  words: choices ?? [],
  ...(live === undefined ? {} : { live }),
});

/** How many arguments stand there already: a flag's value is none. */
function positional(words: readonly string[], flags: readonly Flag[]): number {
  const valued = new Set(flags.filter(({ value }) => value !== undefined).flatMap(longAndShort));
  return words.filter((word, i) => !word.startsWith("-") && !valued.has(words[i - 1] ?? "")).length;
}

/** Candidates for the last of `words`; `names` are those that the service knows, where it was asked. */
export const complete = (words: readonly string[], verbs: readonly Verb[], names: readonly string[] = []): string[] =>
  startingWith([...awaited(words, verbs).words, ...names], words.at(-1) ?? "");

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
