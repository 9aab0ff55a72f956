// The manual pages, made from the verbs: one each, and srwan(1) that lists them. `make man` writes them into dist/man;
// the shipped package carries them.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODES } from "../src/base/errors.ts";
import { globalFlagsOf } from "../src/cli/complete.ts";
import { TOPICS } from "../src/cli/help-topics.ts";
import { argumentText, flagText } from "../src/cli/pages.ts";
import type { Flag, Verb } from "../src/cli/verb.ts";
import { VERBS } from "../src/cli/verbs/index.ts";
import { version } from "../src/cli/version.ts";

export const MAN_FOLDER = "dist/man";

/** Each by its file name. */
export function manPages(): ReadonlyMap<string, string> {
  const verbs = VERBS.filter((verb) => verb.hidden !== true);
  return new Map([
    ["srwan.1", overviewPage(verbs)],
    ...verbs.map((verb): [string, string] => [`${pageName(verb)}.1`, verbPage(verb)]),
  ]);
}

/** Into a folder that holds nothing else; gives the files' names. */
export function writeManPages(folder: string): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const pages = manPages();
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  return [...pages.keys()];
}

const pageName = (verb: Verb): string => `srwan-${verb.name.replaceAll(" ", "-")}`;

/** A line of text: no backslash, hyphen or leading dot of ours means anything to the formatter. */
const plain = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replaceAll("₁", "1")
    .replace(/^([.'])/, "\\&$1");

const paragraph = (text: string): string => sentences(text).map(plain).join("\n");

/** Each sentence on its own line, as the formatter wants it. */
const sentences = (text: string): string[] => text.split(/(?<=[.!?]) (?=[A-Z`])/);

/** Without a date: the same source makes the same page. */
const head = (name: string): string => `.TH "${name.toUpperCase()}" "1" "" "srwan ${version}" "srwan manual"`;
const named = (tag: string, about: string): string => `.TP\n\\fB${plain(tag)}\\fR\n${paragraph(about)}`;

const flags = (title: string, list: readonly Flag[]): string[] =>
  list.length === 0 ? [] : [`.SH ${title}`, ...list.map((flag) => named(flagText(flag), choicesIn(flag)))];

const choicesIn = ({ about, choices }: Flag): string =>
  choices === undefined || choices.every((one) => about.includes(one)) ? about : `${about} (${choices.join(", ")})`;

function verbPage(verb: Verb): string {
  const arguments_ = verb.arguments ?? [];
  return `${[
    head(pageName(verb)),
    ".SH NAME",
    `${plain(pageName(verb))} \\- ${plain(verb.summary)}`,
    ".SH SYNOPSIS",
    `\\fBsrwan ${plain(verb.name)}\\fR ${arguments_.map((one) => `\\fI${plain(argumentText(one))}\\fR `).join("")}[\\fIflags\\fR]`,
    ".SH DESCRIPTION",
    paragraph(verb.about),
    ...(arguments_.length === 0
      ? []
      : [".SH ARGUMENTS", ...arguments_.map((one) => named(argumentText(one), one.about))]),
    ...flags("FLAGS", verb.flags ?? []),
    ...flags("FLAGS OF EVERY VERB", globalFlagsOf(verb)),
    ".SH EXIT STATUS",
    ...Object.values(EXIT_CODES).map(({ code, about }) => named(String(code), about)),
    ".SH EXAMPLES",
    ...verb.examples.map(({ command, about }) => named(command, about)),
    ".SH SEE ALSO",
    "\\fBsrwan\\fR(1)",
  ].join("\n")}\n`;
}

function overviewPage(verbs: readonly Verb[]): string {
  return `${[
    head("srwan"),
    ".SH NAME",
    "srwan \\- control plane for a private segment\\-routing WAN",
    ".SH SYNOPSIS",
    "\\fBsrwan\\fR \\fIverb\\fR [\\fIarguments\\fR] [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    "Measures every directed segment between points of presence, computes SRv6 SID lists, installs and proves them, and moves",
    "traffic when a path degrades.",
    "Each verb has a page of its own.",
    ".SH VERBS",
    ...verbs.map((verb) => named(`srwan ${verb.name}`, verb.summary)),
    ...TOPICS.flatMap(({ name, text }) => [`.SH ${plain(name.toUpperCase())}`, ".nf", ...lines(text()), ".fi"]),
  ].join("\n")}\n`;
}

const lines = (text: string): string[] => text.split("\n").map((line) => (line === "" ? ".sp" : plain(line)));

if (import.meta.main) process.stdout.write(`${writeManPages(MAN_FOLDER).length} manual pages in ${MAN_FOLDER}\n`);
