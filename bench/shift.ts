// One policy that 100,000 prefixes follow, moved to another SID list: by us, and by `ip nexthop replace`.

import { atMost, type Figure, median } from "./lib.ts";
import { partInNamespace } from "./netns.ts";

const COUNT = 100_000;

type Part = { readonly ours: readonly number[]; readonly ip: readonly number[]; readonly installed: number };

export const shift: Figure = {
  name: "shift",
  about: `${COUNT.toLocaleString("en-US")} prefixes that follow one policy, moved to another SID list in one message`,
  measure: async () => {
    const { ours, ip, installed } = partInNamespace<Part>("kernel-part.ts", ["shift", String(COUNT)]);
    return {
      figures: { oursMs: median(ours), ipMs: median(ip), prefixes: installed },
      goals: [atMost("against ip nexthop replace", median(ours) / median(ip), "×", 1.2)],
    };
  },
};
