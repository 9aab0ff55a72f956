// SID lists that are signed: a path is proved and carries over machines that drop what is not, and one that nobody signed
// does not.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { PopDesired, WirePath } from "../../src/wire/desired.ts";
import { kernelFindings, lacks } from "../kernel/needs.ts";
import { isMachineRoot, whyNoNamespace } from "../support/namespace.ts";
import { documentOf, type PathName, type PopName, pathOver, policy } from "./plan.ts";
import { World } from "./world.ts";

const why =
  whyNoNamespace() ??
  (isMachineRoot ? undefined : "the kernel lets only the machine's root have HMAC keys") ??
  lacks(await kernelFindings(["kernel.hmac"]), "kernel.hmac");
const KEY = { id: 7, algorithm: "sha256", secret: "of the whole WAN" } as const;
const NEAR = { pop1: "fd73:7277:616e:1::/64", pop2: "fd73:7277:616e:4::/64" } as const;
const FAR = { pop1: "pop2", pop2: "pop1" } as const;

type Signing = { readonly sign: boolean; readonly require: boolean };

/** As the service writes it: probes answered from where no SID lives, over the far end's own policy. */
function documentWith(pop: PopName, version: number, active: PathName, { sign, require }: Signing): PopDesired {
  const far = NEAR[FAR[pop]];
  const over = (name: PathName): WirePath => {
    const { back: _, ...path } = pathOver(pop, name, sign ? { hmacKey: KEY.id } : {});
    return path;
  };
  const other = active === "upper" ? "lower" : "upper";
  const more = { far, paths: [over(active)], backup: over(other) };
  const answers = { ...more, paths: [over("upper")], prefixes: [far], unprobed: true };
  const document = documentOf(pop, version, [
    policy(pop, "gold", active, more),
    policy(pop, `back.${FAR[pop]}`, "upper", answers),
  ]);
  const settings = { ...document.settings, near: NEAR[pop], requireHmac: require };
  return { ...document, settings, hmacKeys: [KEY] };
}

describe.skipIf(why !== undefined)("POPs that sign", () => {
  let w: World | undefined;
  afterAll(() => w?.close());

  it("prove and carry over machines that drop what is not signed, and nothing unsigned", async () => {
    w = await World.open();
    for (const relay of ["r1", "r2"] as const) {
      const domain = { blocks: ["fcbb:bb00::/32"], segments: ["to-pop1", "to-pop2"], requireHmac: true };
      const file = join(w.folder, `${relay}.json`);
      writeFileSync(file, JSON.stringify({ version: 1, domain, hmacKeys: [KEY] }), { mode: 0o600 });
      const said = await w.at(relay).ask("srwan", {}, "route", "apply", "--desired", file);
      expect(said.status, said.stderr).toBe(0);
    }
    await Promise.all([w.begin("pop1"), w.begin("pop2")]);
    const all = { sign: true, require: true };
    await w.desire("pop2", documentWith("pop2", 1, "lower", all));
    await w.desire("pop1", documentWith("pop1", 1, "upper", all));
    await w.carries("pop1", "gold", "upper");
    await w.carries("pop2", "gold", "lower");
    expect(await w.lostDuring(async () => undefined)).toEqual([]);
    // A list that a verb puts together is signed like the kernel's.
    for (const path of ["upper", "lower"]) {
      const words = ["ping", "pop2", "--path", path, "--count", "2", "-o", "json"];
      const { status, stdout, stderr } = await w.at("pop1").ask("srwan", w.env("pop1"), ...words);
      expect([status, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toMatchObject({ answered: 2, key: KEY.id });
    }
    // The new list is never answered, wherever it is dropped, so traffic stays on the one that is.
    await w.desire("pop1", documentWith("pop1", 2, "lower", { sign: false, require: true }));
    await w.until("pop1", ({ version }) => version === 2);
    expect(await w.lostDuring(() => sleep(2_000))).toEqual([]);
    const { paths } = await w.status("pop1");
    const gold = paths.filter((one) => one.policy === "gold");
    // No document names the signed one any more.
    expect(gold.filter(({ carries }) => carries)).toHaveLength(1);
    expect(gold.filter(({ path }) => ["upper", "lower"].includes(path)).map(({ carries }) => carries)).toEqual([
      false,
      false,
    ]);
    // Signed, it carries at once.
    await w.desire("pop1", documentWith("pop1", 3, "lower", all));
    await w.carries("pop1", "gold", "lower");
  });
});

if (why !== undefined) it("signing", ({ skip }) => skip(why));
