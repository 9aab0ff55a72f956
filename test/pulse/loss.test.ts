// Loss in one direction is shown in that direction and in no other, whichever it is.

import { join } from "node:path";
import { expect, it } from "vitest";
import { Namespace, whyNoNamespace } from "../support/namespace.ts";

const SRWAN = join(import.meta.dirname, "..", "..", "bin", "srwan");
const PORT = 20_862;

it.for([
  ["out", "dport"],
  ["back", "sport"],
] as const)("a loss of a fifth on the way %s is told as that and nothing else", async ([way, where], { skip }) => {
  const why = whyNoNamespace();
  if (why !== undefined) skip(why);
  const namespace = await Namespace.open();
  const reflector = namespace.start(`'${SRWAN}' pulse reflect --listen 127.0.0.1 --port ${PORT}`);
  try {
    await new Promise((resolve) => reflector.stderr?.once("data", resolve));
    const drop = `udp ${where} ${PORT} numgen random mod 5 0 drop`;
    namespace.out(`nft 'table inet t { chain c { type filter hook output priority 0; ${drop}; }; }'`);
    const send = `'${SRWAN}' pulse send 127.0.0.1 --port ${PORT} --count 200 --interval 30ms -o json`;
    const { sent, answered, lost } = JSON.parse(namespace.out(send));
    const other = way === "out" ? "back" : "out";
    expect(sent).toBe(200);
    expect(lost[other]).toBe(0);
    expect(lost[way]).toBeGreaterThan(10);
    expect(answered + lost.out + lost.back + lost.unknown).toBe(sent);
  } finally {
    reflector.kill("SIGINT");
    namespace.close();
  }
});
