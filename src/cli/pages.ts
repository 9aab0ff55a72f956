// Help texts made from verb values: the overview and a page for each verb. The reference in docs/ is made of the same.

import { GLOBAL_FLAGS, globalFlagsOf } from "./complete.ts";
import { TOPICS } from "./help-topics.ts";
import { fold, foldCommand } from "./output.ts";
import type { Argument, Flag, Verb } from "./verb.ts";

const WIDTH = 80;

export function overview(verbs: readonly Verb[]): string {
  const shown = verbs.filter((verb) => verb.hidden !== true);
  return [
    "srwan: control plane for a private segment-routing WAN",
    "",
    "Usage: srwan VERB [ARGUMENTS] [FLAGS]",
    "",
    "Verbs",
    ...pairs(shown.map((verb) => [verb.name, verb.summary])),
    "",
    "Flags of every verb",
    ...pairs(GLOBAL_FLAGS.map((flag) => [flagText(flag), flag.about])),
    "",
    "Topics: srwan help TOPIC",
    ...pairs(TOPICS.map((topic) => [topic.name, topic.summary])),
    "",
  ].join("\n");
}

export function verbPage(verb: Verb): string {
  const own = verb.flags ?? [];
  return [
    `srwan ${verb.name}: ${verb.summary}`,
    "",
    `Usage: ${usage(verb)}`,
    "",
    ...fold(verb.about, WIDTH),
    "",
    ...section(
      "Arguments",
      (verb.arguments ?? []).map((argument) => [argumentText(argument), argument.about]),
    ),
    ...section(
      "Flags",
      own.map((flag) => [flagText(flag), flag.about]),
    ),
    ...section(
      "Flags of every verb",
      globalFlagsOf(verb).map((flag) => [flagText(flag), flag.about]),
    ),
    "Examples",
    ...verb.examples.flatMap(({ command, about }) => [
      ...foldCommand(command, WIDTH - 6).map((line, i) => `${i === 0 ? "  " : "      "}${line}`),
      `      ${about}`,
    ]),
    "",
  ].join("\n");
}

export function usage(verb: Verb): string {
  const parts = (verb.arguments ?? []).map(argumentText);
  return ["srwan", verb.name, ...parts, "[flags]"].join(" ");
}

export function argumentText(argument: Argument): string {
  const name = argument.name.toUpperCase() + (argument.variadic ? "..." : "");
  return argument.optional ? `[${name}]` : name;
}

export const flagText = (flag: Flag): string => (flag.value ? `${flag.name} ${flag.value.toUpperCase()}` : flag.name);

const section = (title: string, rows: readonly (readonly [string, string])[]): string[] =>
  rows.length ? [title, ...pairs(rows), ""] : [];

function pairs(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, about]) => {
    const [first = "", ...more] = fold(about, WIDTH - left);
    return [`  ${name.padEnd(left - 2)}${first}`, ...more.map((line) => " ".repeat(left) + line)];
  });
}
