// The command line within a test: every verb, with the test for a terminal.

import { type Io, runCli } from "../../src/cli/program.ts";
import { VERBS } from "../../src/cli/verbs/index.ts";

export type Ran = { readonly exit: number; readonly out: string; readonly err: string };

export async function srwan(words: readonly string[], io: Partial<Io> = {}, verbs = VERBS): Promise<Ran> {
  let [out, err] = ["", ""];
  const exit = await runCli(
    {
      argv: words,
      env: { XDG_CONFIG_HOME: "/nonexistent" },
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
      width: undefined,
      stdinIsTerminal: false,
      stderrIsTerminal: false,
      version: "1.2.3",
      ...io,
    },
    verbs,
  );
  return { exit, out, err };
}

/** What a terminal of eighty columns shows, without its colours. */
export async function onTerminal(words: readonly string[]): Promise<string> {
  const { out } = await srwan(words, { width: 80, stdinIsTerminal: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
  return out.replace(/\u001b\[\d+m/g, "");
}

export const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
