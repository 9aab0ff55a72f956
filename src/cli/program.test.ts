// The frame around every verb: streams, exit codes, errors, help, and what only a terminal gets.

import { describe, expect, it } from "vitest";
import { SrwanError } from "../base/errors.ts";
import { type Io, runCli } from "./program.ts";
import type { Verb } from "./verb.ts";
import { VERBS } from "./verbs/index.ts";

const probe: Verb = {
  name: "pop show",
  summary: "one POP",
  about: "For these tests.",
  arguments: [{ name: "name", about: "the POP" }],
  flags: [
    { name: "--since", value: "time", about: "from when" },
    { name: "--deep", about: "more" },
  ],
  examples: [{ command: "srwan pop show sea", about: "Seattle" }],
  run: async (context, input) => {
    if (input.arguments[0] === "nowhere") {
      throw new SrwanError("TOPIC_UNKNOWN", "no POP nowhere", { remedy: "List them.", details: { name: "nowhere" } });
    }
    if (input.arguments[0] === "broken") throw new TypeError("x is not a function");
    return { data: { ...input, colour: context.screen.colour }, text: () => `POP ${input.arguments[0]}` };
  },
};

async function run(line: string, io: Partial<Io> = {}) {
  let [out, err] = ["", ""];
  const exit = await runCli(
    {
      argv: line === "" ? [] : line.split(" "),
      env: { XDG_CONFIG_HOME: "/nonexistent" },
      stdout: (text) => {
        out += text;
      },
      stderr: (text) => {
        err += text;
      },
      width: undefined,
      stdinIsTerminal: false,
      stderrIsTerminal: false,
      version: "1.2.3",
      ...io,
    },
    [...VERBS, probe],
  );
  return { exit, out, err };
}

const terminal: Partial<Io> = { width: 80, stdinIsTerminal: true, stderrIsTerminal: true };

describe("a verb", () => {
  it("gets its arguments and flags, and answers on stdout alone", async () => {
    expect(await run("pop show sea --since 5m --deep -o json")).toEqual({
      exit: 0,
      err: "",
      out: `${JSON.stringify({ arguments: ["sea"], flags: { since: "5m", deep: true }, colour: false }, null, 2)}\n`,
    });
  });

  it("takes -o before its name too", async () => {
    expect((await run("-o yaml pop show sea")).out).toContain("arguments:\n  - sea\n");
  });

  it("takes its format from the environment when no flag says otherwise", async () => {
    const env = { XDG_CONFIG_HOME: "/nonexistent", SRWAN_OUTPUT: "json" };
    expect(JSON.parse((await run("pop show sea", { env })).out).arguments).toEqual(["sea"]);
    expect((await run("pop show sea -o table", { env })).out).toBe("POP sea\n");
  });
});

describe("errors", () => {
  it("go to stderr with code and remedy; the exit code is the kind's", async () => {
    expect(await run("pop show nowhere")).toEqual({
      exit: 3,
      out: "",
      err: "error TOPIC_UNKNOWN: no POP nowhere\n  List them.\n",
    });
  });

  it("are one JSON object with -o json", async () => {
    const { err, exit } = await run("pop show nowhere -o json");
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "TOPIC_UNKNOWN",
        message: "no POP nowhere",
        remedy: "List them.",
        retryable: false,
        details: { name: "nowhere" },
      },
    });
    expect(exit).toBe(3);
  });

  it("that are defects say so and show the stack", async () => {
    const { err, exit } = await run("pop show broken");
    expect(err).toContain("error INTERNAL: unexpected: x is not a function");
    expect(err).toContain("program.test.ts");
    expect(exit).toBe(1);
  });

  it.each([
    ["docto", "unknown command 'docto'\n  Did you mean doctor?"],
    ["doctor --outputt json", "unknown option '--outputt'\n  Did you mean --output?"],
    ["doctor -o xml", "--output xml: there is no such choice"],
    ["doctor extra", "too many arguments"],
    ["pop show", "missing required argument 'name'"],
    ["pop", '"pop" is not a verb\n  Use one of: pop remove, pop show.'],
    ["pop shwo", '"pop shwo" is not a verb\n  Did you mean `srwan pop show`?'],
    ["pop shwo seattle --wide", '"pop shwo" is not a verb'],
    ["completion tcsh", "Allowed choices are bash, zsh, fish"],
    ["config show --role agnet", "--role agnet: there is no such role"],
  ])("of usage exit 2 and say what was meant: %s", async (line, message) => {
    const { err, exit, out } = await run(line);
    expect(err).toContain(message);
    expect([exit, out]).toEqual([2, ""]);
  });

  it("in a configuration stop the verb before it acts", async () => {
    const env = { XDG_CONFIG_HOME: "/nonexistent", SRWAN_OUTPTU: "json" };
    const { exit, err } = await run("pop show sea", { env });
    expect(err).toContain("Did you mean SRWAN_OUTPUT?");
    expect(exit).toBe(2);
    expect((await run("help exit-codes", { env })).exit).toBe(0);
  });
});

describe("help", () => {
  it("lists every shown verb and topic", async () => {
    const { out, exit } = await run("");
    for (const word of ["doctor", "config show", "completion", "exit-codes"]) expect(out).toContain(word);
    expect(out).not.toContain("__complete");
    expect(exit).toBe(0);
    expect((await run("help")).out).toBe(out);
    expect((await run("--help")).out).toBe(out);
  });

  it("fits 80 columns, every page", async () => {
    const pages = VERBS.filter((verb) => !verb.hidden).map((verb) => `help ${verb.name}`);
    for (const line of ["help", "help output", "help environment", ...pages]) {
      const long = (await run(line)).out.split("\n").filter((text) => text.length > 80);
      expect(long, line).toEqual([]);
    }
  });

  it("gives the same page by help VERB and VERB --help", async () => {
    expect((await run("pop show --help")).out).toBe((await run("help pop show")).out);
    expect((await run("help pop show")).out).toContain("Usage: srwan pop show NAME [flags]");
  });

  it("says every exit code, and names the nearest topic to a wrong one", async () => {
    expect((await run("help exit-codes")).out).toMatch(/^0 .*\n1 .*\n2 .*\n3 .*\n4 .*\n5 /);
    const wrong = await run("help exit-code");
    expect([wrong.exit, wrong.err]).toEqual([3, expect.stringContaining("`srwan help exit-codes`")]);
  });

  it("prints the version", async () => {
    expect(await run("--version")).toEqual({ exit: 0, out: "1.2.3\n", err: "" });
  });
});

describe("a terminal", () => {
  it("may shorten verbs; a script may not", async () => {
    expect((await run("pop sh sea", terminal)).out).toBe("POP sea\n");
    expect((await run("pop sh sea")).exit).toBe(2);
  });

  it("has colour unless NO_COLOR or --no-color says no", async () => {
    const colour = async (line: string, io: Partial<Io>) => JSON.parse((await run(`${line} -o json`, io)).out).colour;
    expect(await colour("pop show sea", terminal)).toBe(true);
    expect(await colour("pop show sea --no-color", terminal)).toBe(false);
    expect(await colour("pop show sea", { ...terminal, env: { XDG_CONFIG_HOME: "/nonexistent", NO_COLOR: "1" } })).toBe(
      false,
    );
    expect((await run("pop show nowhere", terminal)).err).toContain("\u001b[31merror");
  });
});
