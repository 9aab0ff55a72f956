// The project's own files as the house rules see them: paths and texts, comments and strings taken out where a rule
// reads code.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

export type SourceFile = { readonly path: string; readonly text: string };

/** What a rule says of a breach: its name, where, what is wrong, and how to mend it. */
export type Breach = {
  readonly rule: string;
  readonly path: string;
  readonly line?: number;
  readonly what: string;
  readonly mend: string;
};

export type Rule = (files: readonly SourceFile[]) => Breach[];

export const breachText = (breach: Breach): string =>
  `${breach.rule}: ${breach.path}${breach.line ? `:${breach.line}` : ""}: ${breach.what}. Mend: ${breach.mend}`;

/** Every file that git tracks or would track, as it stands in the working tree. */
export function readTree(): SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((path) => path !== "" && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** TypeScript with comments and the insides of strings blanked, lines kept, so that a word in prose is no use of it. */
export function codeOnly(text: string): string {
  const literal = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
  return text.replace(literal, (found) => {
    const quote = found.startsWith("/") ? "" : found[0];
    return `${quote}${found.replace(/[^\n]/g, "")}${quote}`;
  });
}

export type Import = { readonly from: string; readonly line: number; readonly typeOnly: boolean };

/** Static and dynamic imports and re-exports, by their specifier. */
export function importsOf(text: string): Import[] {
  const withoutComments = text
    .replace(/\/\*[\s\S]*?\*\//g, (c) => c.replace(/[^\n]/g, ""))
    .replace(/^\s*\/\/.*$/gm, "");
  const pattern =
    /(?:^|\n)\s*(import|export)\s(?:(type)\s)?[^;"']*?from\s*"([^"]+)"|import\(\s*"([^"]+)"\s*\)|(?:^|\n)\s*import\s*"([^"]+)"/g;
  const found: Import[] = [];
  for (const match of withoutComments.matchAll(pattern)) {
    const line = withoutComments.slice(0, (match.index ?? 0) + match[0].length).split("\n").length;
    found.push({ from: match[3] ?? match[4] ?? match[5] ?? "", line, typeOnly: match[2] === "type" });
  }
  return found;
}

export const isCode = (path: string): boolean => /\.(ts|tsx|mjs|cjs|js|sh|sol|py)$/.test(path);
export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
