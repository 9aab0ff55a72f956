// Python's libraries as a second opinion, where they are installed: Debian's are for its own Python, which need not be the
// first one of the path.

import { spawnSync } from "node:child_process";

/** The first Python that has a module; undefined where none has. */
export const pythonWith = (module: string): string | undefined =>
  ["python3", "/usr/bin/python3"].find(
    (python) => spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0,
  );

/** Gives a script one JSON document and takes one back. */
export function askPython(python: string, script: string, given: object): unknown {
  const input = JSON.stringify(given);
  const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr.slice(-400)}`);
  return JSON.parse(stdout);
}
