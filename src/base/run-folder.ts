// Where running processes leave what others on the machine find them by: sockets, records. Gone after a restart of the
// machine, and nobody else's.

import { tmpdir } from "node:os";
import { join } from "node:path";

export function runFolder(env: NodeJS.ProcessEnv, what: string): string {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return join("/run/srwan", what);
  return env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, "srwan", what) : join(tmpdir(), `srwan-${uid}`, what);
}
