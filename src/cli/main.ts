// The process: joins the command line to stdin, stdout, stderr and the exit code. Nothing else lives here.

import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// In the user's own cache, not in a shared temporary folder where somebody else could plant code.
if (process.env.HOME)
  enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "srwan", "node"));

// A reader that has seen enough (`srwan … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const [{ runCli }, { VERBS }, { version }] = await Promise.all([
  import("./program.ts"),
  import("./verbs/index.ts"),
  import("./version.ts"),
]);

process.exitCode = await runCli(
  {
    argv: process.argv.slice(2),
    env: process.env,
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    width: process.stdout.isTTY ? (process.stdout.columns ?? 80) : undefined,
    stdinIsTerminal: process.stdin.isTTY === true,
    stderrIsTerminal: process.stderr.isTTY === true,
    version,
  },
  VERBS,
);
