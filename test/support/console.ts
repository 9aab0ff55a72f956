// A page with a session at a prompt: the files it shows, the commands it types, and what it says they answer.

/** A file the page shows, named in its first line: "# sea.yaml", "<!-- sea.xml -->". */
export type ShownFile = { readonly name: string; readonly text: string | Uint8Array };

export function shownFiles(page: string): ShownFile[] {
  const named = /^```(?:yaml|sh|xml)\n(?:# |<!-- )(\S+)(?: -->)?\n([\s\S]*?)^```$/gm;
  return [...page.matchAll(named)].map(([, name = "", text = ""]) => ({
    name,
    text,
  }));
}

/** A block of shell; "```sh (not run: needs a router)" is marked with what stands in the brackets. */
export type ShellBlock = { readonly kind: "sh" | "console"; readonly mark: string | undefined; readonly text: string };

export const shellBlocks = (page: string): ShellBlock[] =>
  [...page.matchAll(/^```(sh|console)(?: \(([^)\n]*)\))?\n([\s\S]*?)^```$/gm)].map(([, kind, mark, text = ""]) => ({
    kind: kind === "console" ? "console" : "sh",
    mark,
    text,
  }));

/** One a command: a line that ends in a backslash goes on, comments and empty lines are left out. */
export const commandLines = (block: string): string[] =>
  block
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s+)#\s.*$/, "").trimEnd())
    .filter((line) => line !== "");

type Answer = (command: string) => Promise<string>;

/** The page with each command's answer as it is now; where only what `mask` hides differs, the page keeps its own. */
export async function answered(page: string, answer: Answer, mask: (text: string) => string): Promise<string> {
  const parts = page.split(/(^```console\n[\s\S]*?^```$)/m);
  for (const [i, part] of parts.entries()) {
    if (!part.startsWith("```console\n")) continue;
    const lines: string[] = [];
    for (const { command, output } of commands(part)) {
      const now = await answer(command);
      lines.push(`$ ${command}\n${mask(now) === mask(output) ? output : now}`);
    }
    parts[i] = `\`\`\`console\n${lines.join("")}\`\`\``;
  }
  return parts.join("");
}

function commands(block: string): { readonly command: string; readonly output: string }[] {
  const [, ...typed] = block
    .replace(/^```console\n/, "\n")
    .replace(/```$/, "")
    .split(/\n\$ /);
  return typed.map((text) => {
    const [command = "", ...output] = text.split("\n");
    return {
      command,
      output: output
        .map((line) => `${line}\n`)
        .join("")
        .replace(/\n\n$/, "\n")
        .replace(/^\n$/, ""),
    };
  });
}

/** The environment of commands in pages: without what is said to the tests, which srwan would take for a misspelt setting. */
export function pagesEnv(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { SRWAN_REFRESH: _refresh, ...env } = process.env;
  return { ...env, LC_ALL: "C", NO_COLOR: "1", ...more };
}
