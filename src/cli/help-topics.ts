// Help that belongs to no verb: `srwan help exit-codes`, `srwan help output`.

import { EXIT_CODES } from "../base/errors.ts";

export type Topic = { readonly name: string; readonly summary: string; readonly text: () => string };

export const TOPICS: readonly Topic[] = [
  {
    name: "exit-codes",
    summary: "what the process exits with",
    text: () =>
      Object.entries(EXIT_CODES)
        .map(([name, { code, about }]) => `${code}  ${name.padEnd(12)} ${about}`)
        .join("\n"),
  },
  {
    name: "output",
    summary: "formats, streams and colour",
    text: () =>
      [
        "-o table   columns for people (the default); the last column folds on a terminal",
        "-o wide    the same with every column",
        "-o json    one document; counters and money as decimal text",
        "-o yaml    the same document as YAML",
        "",
        "Data goes to stdout, everything else to stderr. With -o json an error is one",
        'JSON object on stderr: {"error":{"code","message","remedy","retryable"}}.',
        "Off a terminal there is no colour, no progress and no folding; NO_COLOR or",
        "--no-color turns colour off on a terminal too. On a terminal a verb may be",
        "shortened to any beginning that only it has: `srwan doc`.",
      ].join("\n"),
  },
  {
    name: "environment",
    summary: "variables that srwan reads",
    text: () =>
      [
        "SRWAN_<KEY>    any setting of the role: log.level is SRWAN_LOG_LEVEL",
        "               (`srwan config show --origin` lists them)",
        "SRWAN_CONFIG   the configuration file, like --config",
        "SRWAN_NODE     the Node.js that the launcher uses",
        "NO_COLOR       no colour, whatever the terminal can do",
        "",
        "A flag beats a variable, a variable beats the file, the file beats the default.",
      ].join("\n"),
  },
];
