// `srwan paths` as a user meets it, on the matrix that the how-to uses.

import { describe, expect, it } from "vitest";
import { srwan } from "../../../test/support/cli.ts";

const paths = (...words: readonly string[]) =>
  srwan(["paths", "--matrix", "labs/paths/atlantic.json", "--at", "2026-01-31T12:00:00Z", ...words]);

const between = ["--from", "fra", "--to", "nyc"];
const listed = async (...words: readonly string[]): Promise<string[]> => {
  const { out } = await paths(...between, ...words, "-o", "json");
  return JSON.parse(out).paths.map((path: { path: string }) => path.path);
};

describe("srwan paths", () => {
  it("lists the best paths in order, as a table", async () => {
    const { exit, out } = await paths(...between, "--k", "2");
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        "#  PATH                                          DELAY      LOSS  PRICE/GB  NARROWEST",
        "1  fra/north>ams/north>lon/north>nyc  40.9 ms ± 320 µs  0.0045 %  0.004100   3 Gbit/s",
        "2  fra/south>lon/north>nyc            41.3 ms ± 280 µs  0.0045 %  0.003500   3 Gbit/s",
        "",
      ].join("\n"),
    );
  });

  it("keeps every constraint that was named", async () => {
    expect(await listed("--never", "country=GB")).toEqual(["fra/south>par/south>nyc"]);
    expect(await listed("--never", "risk=cable-a,risk=cable-b")).toEqual([]);
    expect(await listed("--never", "risk=cable-a,risk=cable-b", "--at", "2026-01-31T23:00:00Z")).toEqual([
      "fra/south>par/west>nyc",
    ]);
    expect(await listed("--must", "country=FR", "--max-hops", "3", "--never", "risk=cable-b")).toEqual([
      "fra/south>par/south>lon/north>nyc",
    ]);
    expect(await listed("--min-bandwidth", "2.9gbit", "--max-sids", "3")).toEqual(["fra/south>lon/north>nyc"]);
  });

  it("keeps the path in use while no other is told apart from it", async () => {
    const current = "fra/north>lon/north>nyc";
    expect(await listed("--current", current, "--never", "pop=ams")).toEqual([current]);
  });

  it("lets an owner use what it sells to nobody", async () => {
    expect(await listed("--owner", "acme", "--intent", "cheapest")).toEqual(["fra/south>lon/west>nyc"]);
  });

  it("gives a primary and a backup, and says what they share", async () => {
    const { out } = await paths(...between, "--intent", "redundant");
    expect(out).toMatch(/^primary +fra\/north>ams/m);
    expect(out).toMatch(/^backup +fra\/south>par/m);
    expect(out).toContain("They share nothing.");
  });

  it("spreads a demand by weight, and says what has no room", async () => {
    const { out, exit } = await paths(...between, "--demand", "5.5gbit");
    expect([exit, out.split("\n").filter((line) => /^ +[65] /.test(line)).length]).toEqual([0, 2]);
    const tooMuch = await paths(...between, "--demand", "1tbit");
    expect([tooMuch.exit, tooMuch.out]).toEqual([1, expect.stringContaining("have no room")]);
  });

  it("ends with 1 where nothing fits, and names what alone stands in the way", async () => {
    const { exit, out } = await paths(...between, "--max-delay", "30ms", "--max-loss", "1%");
    expect(exit).toBe(1);
    expect(out).toContain("No path from fra to nyc fits.");
    expect(out).toContain("Without --max-delay 30.0 ms: fra/north>ams/north>lon/north>nyc.");
    expect(out).not.toContain("Without --max-loss");
  });

  it("says on request why the next path is not first", async () => {
    const { out } = await paths(...between, "--explain", "--must", "country=FR");
    expect(out).toContain("Next: fra/south>par/south>lon/north>nyc, 1.70 ms worse");
    expect(out).toContain("Without --must country=FR: fra/north>ams/north>lon/north>nyc, 700 µs better.");
    expect(out).toContain("1 not: it is in quarantine");
  });

  it.each([
    [["--from", "fra"], "--to is missing"],
    [["--from", "fra", "--to", "nyz"], "Did you mean nyc?"],
    [["--from", "frb", "--to", "nyc"], "--from frb: the matrix has no such POP\n  Did you mean fra?"],
    [[...between, "--must", "pop=lom"], "--must pop=lom: the matrix has no such POP\n  Did you mean lon?"],
    [[...between, "--never", "par,lom"], "--never lom: the matrix has no such POP\n  Did you mean lon?"],
    [
      [...between, "--must", "transit=nort"],
      "--must transit=nort: the matrix has no such transit\n  Did you mean north?",
    ],
    [[...between, "--intent", "cheap"], "Use one of lowest-latency, cheapest"],
    [[...between, "--never", "contry=FR"], "Did you mean country?"],
    [[...between, "--max-delay", "30"], '--max-delay: duration "30" cannot be read\n  Write a number and a unit'],
    [[...between, "--max-loss", "2"], "Write 0.1% or 1000ppm"],
    [[...between, "--weights", "delay"], "Write delay=1,price=0.5"],
    [[...between, "--current", "fra/east>nyc"], "no segment fra/east>nyc\n  Use fra/north>nyc or fra/south>nyc"],
    [[...between, "--k", "0"], "Give --k 1 to"],
    [["--from", "fra", "--to", "fra"], "Name two POPs"],
  ])("refuses %j with what to do", async (words, told) => {
    const { exit, err } = await paths(...words);
    expect(exit).toBeGreaterThan(1);
    expect(err).toContain(told);
  });

  it("takes a bare name for a POP's, and says so where a country or a tag is nobody's", async () => {
    expect(await listed("--must", "par", "--never", "lon")).toEqual(["fra/south>par/south>nyc"]);
    const { exit, out } = await paths(...between, "--never", "country=UK");
    expect([exit, out]).toEqual([
      0,
      expect.stringContaining("never country=UK: nothing here is that; there are DE, FR, GB"),
    ]);
  });
});
