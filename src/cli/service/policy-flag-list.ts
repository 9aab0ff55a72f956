// The flags of `srwan policy set`, apart from what reads them: a verb list loads nothing heavy.

import type { Flag } from "../verb.ts";

export const POLICY_FLAGS: readonly Flag[] = [
  { name: "--file", value: "path", about: "the policy in YAML or JSON, - for stdin; the flags below beat it" },
  { name: "--from", value: "pop", about: "where traffic enters", live: "pop" },
  { name: "--to", value: "pop", about: "where it leaves", live: "pop" },
  { name: "--prefixes", value: "list", about: "destinations, with commas" },
  { name: "--intent", value: "intent", about: "lowest-latency, cheapest, highest-throughput or redundant" },
  { name: "--max-delay", value: "time", about: "at most, as 80ms" },
  { name: "--max-loss", value: "share", about: "at most, as 0.1%" },
  { name: "--min-bandwidth", value: "rate", about: "left on every segment, as 50mbit" },
  { name: "--demand", value: "rate", about: "what it carries" },
  { name: "--must", value: "list", about: "what the path meets: pop:chi,transit:alder" },
  { name: "--never", value: "list", about: "what it does not meet" },
  { name: "--encrypted", value: "yes|no", about: "over encrypted segments only, or over none" },
  { name: "--pin", value: "list", about: "this path: sea/alder>chi,chi/birch>fra" },
  { name: "--priority", value: "n", about: "0 to 7: who decides first where room is short" },
  { name: "--tenant", value: "name", about: "the isolated network it belongs to" },
];
