// The house rules: each takes the files and names every breach with its mend. A rule is a function so that a test can
// show it firing on a broken tree.

import { posix } from "node:path";
import { isPure, MAY_USE, PURE_PACKAGES, roomOf } from "./rooms.ts";
import { type Breach, codeOnly, importsOf, isCode, isTest, type Rule, type SourceFile } from "./tree.ts";

const inSource = (file: SourceFile): boolean => file.path.startsWith("src/") && file.path.endsWith(".ts");

export const importDirection: Rule = (files) =>
  files.filter(inSource).flatMap((file) => {
    const room = roomOf(file.path);
    const allowed = room === undefined ? undefined : MAY_USE[room];
    if (room === undefined || allowed === undefined) {
      const what = `${room ?? "src"} is no room of the house`;
      const mend = "put the file into a room of ARCHITECTURE.md, or add the room there and in test/house/rooms.ts";
      return [{ rule: "import-direction", path: file.path, what, mend }];
    }
    return importsOf(file.text)
      .filter(({ from }) => from.startsWith("."))
      .flatMap(({ from, line }) => {
        const target = roomOf(posix.join(posix.dirname(file.path), from));
        if (target === undefined || target === room || allowed.includes(target)) return [];
        return [
          {
            rule: "import-direction",
            path: file.path,
            line,
            what: `${room} imports ${target} (${from})`,
            mend: `${room} may use only ${allowed.join(", ") || "nothing"}: move what is shared down, or pass it in`,
          },
        ];
      });
  });

/** The page knows the service by its API alone; the shapes of what it says may be shared. */
export const webTakesTypesOnly: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith("web/"))
    .flatMap((file) =>
      importsOf(file.text)
        .filter(({ from, typeOnly }) => !typeOnly && posix.join(posix.dirname(file.path), from).startsWith("src/"))
        .map(({ from, line }) => ({
          rule: "web-takes-types-only",
          path: file.path,
          line,
          what: `the dashboard imports ${from}`,
          mend: "import its types only, or ask the API",
        })),
    );

const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|performance\.|process\.|fetch\(|setTimeout\(|setInterval\(|setImmediate\(|queueMicrotask\(|crypto\.|console\.|globalThis\b|require\()/;

export const purity: Rule = (files) =>
  files
    .filter((file) => inSource(file) && isPure(file.path) && !isTest(file.path))
    .flatMap((file) => {
      const breach = (line: number, what: string): Breach => ({
        rule: "purity",
        path: file.path,
        line,
        what,
        mend: "take it as a parameter (Clock, Rng, a value), or move this code to an edge file",
      });
      const used = codeOnly(file.text)
        .split("\n")
        .flatMap((code, i) => {
          const found = IMPURE.exec(code)?.[1];
          return found ? [breach(i + 1, `a pure file uses ${found.replace(/[.(]$/, "")}`)] : [];
        });
      const imported = importsOf(file.text)
        .filter(({ from, typeOnly }) => !typeOnly && !PURE_PACKAGES.includes(from) && !pureTarget(file.path, from))
        .map(({ from, line }) => breach(line, `a pure file imports ${from}`));
      return [...used, ...imported];
    });

const pureTarget = (path: string, from: string): boolean =>
  from.startsWith(".") && isPure(posix.join(posix.dirname(path), from));

export const purpose: Rule = (files) => [
  ...files
    .filter((file) => isCode(file.path))
    .filter((file) => !/^(#!.*\n)?\s*(\/\/|\/\*|#|\{\/\*|""")/.test(file.text))
    .map((file) => ({
      rule: "purpose",
      path: file.path,
      line: 1,
      what: "the file does not begin with a comment that says what it is for",
      mend: "write one or two sentences at its top",
    })),
  ...foldersOf(files)
    .filter((folder) => !files.some((file) => file.path === `${folder}/README.md` && /^# .+\n\n\S/.test(file.text)))
    .map((folder) => ({
      rule: "purpose",
      path: `${folder}/`,
      what: "the folder has no README.md that begins with its name and says what it is for",
      mend: `write ${folder}/README.md: a title, then what the room is for and what it must not do`,
    })),
];

function foldersOf(files: readonly SourceFile[]): string[] {
  const folders = files
    .filter(({ path }) => /^(src|test|bench|scripts|labs|web|yang|ansible)\//.test(path) && isCode(path))
    .map(({ path }) => posix.dirname(path));
  return [...new Set(folders)].sort();
}

const MAX_LINES = 400;

export const fileSize: Rule = (files) =>
  files
    .filter((file) => isCode(file.path) && !/^\/\/ Long because: \S+/m.test(file.text))
    .filter((file) => file.text.split("\n").length - 1 > MAX_LINES)
    .map((file) => ({
      rule: "file-size",
      path: file.path,
      what: `${file.text.split("\n").length - 1} lines, more than ${MAX_LINES}`,
      mend: 'split it by subject, or say why not in a line "// Long because: …"',
    }));

/** Spelled apart so that the rule does not find itself. */
const MACHINE_PATH = new RegExp(
  `(^|[^A-Za-z0-9_.~])/(${["work", "farm", "Users", "home/[a-z]+"].join("|")})/[A-Za-z.]`,
);
const REGISTRY_HOSTS = ["registry.npmjs", "deb.debian", "registry.yarnpkg", "files.pythonhosted", "pypi"].map(
  (name) => `${name}.org`,
);

export const noMachinePath: Rule = (files) =>
  eachLine(files, (line) =>
    MACHINE_PATH.test(line)
      ? { rule: "no-machine-path", what: "names a path of one machine", mend: "use a path relative to the project" }
      : undefined,
  );

export const noRegistryHost: Rule = (files) =>
  eachLine(files, (line) =>
    REGISTRY_HOSTS.some((host) => line.includes(host)) || /"resolved": *"https?:/.test(line)
      ? {
          rule: "no-registry-host",
          what: "names the host of a package registry",
          mend: "remove it; for the lock file run npm install with the project's .npmrc",
        }
      : undefined,
  );

function eachLine(
  files: readonly SourceFile[],
  look: (line: string) => Pick<Breach, "rule" | "what" | "mend"> | undefined,
): Breach[] {
  return files.flatMap((file) =>
    file.text.split("\n").flatMap((text, i) => {
      const found = look(text);
      return found ? [{ ...found, path: file.path, line: i + 1 }] : [];
    }),
  );
}

/** A relative link in a page that leads nowhere: to no page, or to no heading of it. */
export const links: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file.text]));
  const exists = (target: string) => byPath.has(target) || files.some((file) => file.path.startsWith(`${target}/`));
  const wrong = (path: string, to: string): string | undefined => {
    const [name = "", anchor] = to.split("#", 2);
    const target = name === "" ? path : posix.join(posix.dirname(path), name).replace(/\/$/, "");
    if (!exists(target)) return `links to ${name}, which is not there`;
    const page = byPath.get(target);
    if (!anchor || page === undefined || !target.endsWith(".md") || anchorsOf(page).has(anchor)) return undefined;
    return `links to ${to}, and ${target} has no such heading`;
  };
  return files
    .filter((file) => file.path.endsWith(".md"))
    .flatMap((file) =>
      [...withoutBlocks(file.text).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => match[1] as string)
        .filter((to) => !/^[a-z]+:/.test(to))
        .flatMap((to) => wrong(file.path, to) ?? [])
        .map((what) => ({
          rule: "links",
          path: file.path,
          what,
          mend: "correct the link, or add the page or heading",
        })),
    );
};

const withoutBlocks = (page: string): string => page.replaceAll(/^```[\s\S]*?^```$/gm, "");

/** "## From counters to a batch" is #from-counters-to-a-batch where pages are shown; the second of a name ends in -1. */
function anchorsOf(page: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(page).matchAll(/^#{1,6} +(.*?) *$/gm)) {
    const name = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    let [anchor, again] = [name, 0];
    while (found.has(anchor)) anchor = `${name}-${++again}`;
    found.add(anchor);
  }
  return found;
}
