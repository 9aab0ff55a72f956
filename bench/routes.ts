// 100,000 routes with a SID list each, against what the kernel takes from C at most and against `ip -6 -batch`.

import { atLeast, type Figure, interleaved } from "./lib.ts";
import { inNamespace, native, partInNamespace } from "./netns.ts";

const COUNT = 100_000;
/** `ip -batch` stops at the first ENOMEM, which comes at some size; the largest of these that it survives counts. */
const BATCH_COUNTS = [100_000, 60_000, 40_000, 20_000];

const batch = (count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const to = `fd00:0:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64`;
    return `route add ${to} encap seg6 mode encap segs fd00::1,fd00::2 dev lo proto 196\n`;
  }).join("");

function ipBatchRate(): number {
  for (const count of BATCH_COUNTS) {
    const script =
      "cat >/dev/shm/srwan-batch.$$; s=$(date +%s%N); ip -6 -batch /dev/shm/srwan-batch.$$; r=$?; e=$(date +%s%N); " +
      "rm /dev/shm/srwan-batch.$$; echo $((e-s)); exit $r";
    try {
      return count / (Number(inNamespace(["sh", "-c", script], batch(count))) / 1e9);
    } catch {
      // It died at this size; the next one down is tried.
    }
  }
  throw new Error("ip -6 -batch survives no size");
}

export const routes: Figure = {
  name: "routes",
  about: `${COUNT.toLocaleString("en-US")} IPv6 routes with a SID list each, installed and all read back`,
  measure: async (rounds) => {
    const sender = native("sender");
    let fewest = COUNT;
    const rate = await interleaved(
      {
        ours: () => {
          const { ms, installed } = partInNamespace<{ ms: number; installed: number }>("kernel-part.ts", [
            "routes",
            String(COUNT),
          ]);
          fewest = Math.min(fewest, installed);
          return COUNT / (ms / 1e3);
        },
        limit: () => COUNT / (Number(inNamespace([sender, String(COUNT)])) / 1e3),
        batch: ipBatchRate,
      },
      rounds,
    );
    return {
      figures: {
        oursPerSecond: rate.ours,
        kernelLimitPerSecond: rate.limit,
        ipBatchPerSecond: rate.batch,
        installed: fewest,
      },
      goals: [
        atLeast("against ip -6 -batch", rate.ours / rate.batch, "×", 2.5),
        atLeast("against the kernel's limit", rate.ours / rate.limit, "×", 0.85),
        atLeast("installed", fewest, "routes", COUNT),
      ],
    };
  },
};
