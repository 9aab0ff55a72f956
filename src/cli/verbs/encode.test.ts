// `srwan encode`: the four encodings of a path side by side, with the one to take.

import { describe, expect, it } from "vitest";
import { onTerminal, srwan, widest } from "../../../test/support/cli.ts";

const SIX = ["1::/48", "2::/48", "3::/48", "4::/48", "5::/48", "6::"].map((node) => `fcbb:bb00:${node}`).join(",");
const json = async (...words: string[]) => JSON.parse((await srwan(["encode", ...words, "-o", "json"])).out);

describe("encode", () => {
  it("compares four encodings, and chooses the one carrier that holds six waypoints", async () => {
    const { chosen, encodings, carriers } = await json(SIX, "--mtu", "1500");
    expect(chosen).toBe("csid-reduced");
    expect(encodings.map(({ name, headerOctets }: Record<string, unknown>) => [name, headerOctets])).toEqual([
      ["full", 144],
      ["reduced", 128],
      ["csid-full", 64],
      ["csid-reduced", 40],
    ]);
    expect(encodings[3]).toMatchObject({ innerMtu: 1460, mss: { 4: 1420, 6: 1400 } });
    expect(carriers).toEqual([{ sid: "fcbb:bb00:1:2:3:4:5:6", waypoints: 6, ended: null }]);
  });

  it("counts a prefix's bits after the block, wherever the block ends", async () => {
    const list = "fcbb:bb00:12:3400::/56,fcbb:bb00:12:5600::/56";
    const { carriers } = await json(list, "--mtu", "1500", "--block-bits", "48");
    expect(carriers).toEqual([{ sid: "fcbb:bb00:12:3456::", waypoints: 2, ended: null }]);
  });

  it("says why a carrier holds no more", async () => {
    const { out } = await srwan(["encode", "fcbb:bb00:1::/48,fc00:1::", "--mtu", "1500"]);
    expect(out).toMatch(/fcbb:bb00:1:: +1 +SID 2 lies in another block\n/);
    expect(out).toMatch(/fc00:1:: +1 +the path ends\n/);
  });

  it("marks the choice, and what the others cost", async () => {
    const { out } = await srwan(["encode", "fcbb:bb00:1::,fcbb:bb00:2::", "--mtu", "1500"]);
    const verdicts = out
      .split("\n")
      .slice(1, 5)
      .map((line) => line.split(/ {2,}/).at(-1));
    expect(verdicts).toEqual(["16 octets more", "chosen", "16 octets more", "costs the same"]);
  });

  it("gives the reason for each refusal, and exits 1 where nothing is left", async () => {
    const { exit, out } = await srwan(["encode", "fcbb:bb00:1::", "--mtu", "1500", "--hmac", "--max-depth", "1"]);
    expect([exit, out]).toEqual([0, expect.stringMatching(/reduced +encap\.red .* no: it has no header to sign\n/)]);
    const narrow = await srwan(["encode", "fcbb:bb00:1::", "--mtu", "1300"]);
    expect([narrow.exit, narrow.out]).toEqual([1, expect.stringContaining("less than IPv6's 1280")]);
  });

  it.each([
    [["fcbb:bb00:1::"], "--mtu is missing"],
    [["fcbb:bb00:1::", "--mtu", "15k"], "--mtu 15k: not a whole number"],
    [["fcbb:bb00:1::", "--mtu", "1000"], "an MTU of 1000 octets"],
    [["fcbb:bb00:1::/48,x", "--mtu", "1500"], 'address "x" cannot be read'],
    [["fcbb:bb00:1::/48,", "--mtu", "1500"], 'address "" cannot be read'],
    [["10.0.0.0/8", "--mtu", "1500"], "10.0.0.0/8 is no NEXT-CSID SID"],
    [["fcbb::/16", "--mtu", "1500"], "longer than 32 bits"],
  ])("refuses %j and exits 2", async (words, message) => {
    expect(await srwan(["encode", ...words])).toMatchObject({
      exit: 2,
      out: "",
      err: expect.stringContaining(message),
    });
  });

  it("fits a terminal, refusals and long reasons too", async () => {
    for (const more of [[], ["--max-depth", "1", "--hmac"]]) {
      expect(widest(await onTerminal(["encode", `${SIX},fc00:1::`, "--mtu", "1400", ...more]))).toBeLessThanOrEqual(80);
    }
  });
});
