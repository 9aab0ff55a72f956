// Precedence, origins, and errors that name the place and the nearest right word.

import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { type ConfigSources, envName, flagName, loadConfig, originText, type Role } from "./config.ts";
import { SrwanError } from "./errors.ts";

const role = {
  name: "pop",
  about: "A role for these tests.",
  schema: Type.Object({
    name: Type.Optional(Type.String({ description: "The POP's name.", minLength: 1 })),
    intervalMs: Type.Integer({ default: 1_000, minimum: 30, maximum: 60_000, description: "From 30 to 60000." }),
    strict: Type.Boolean({ default: false, description: "true or false." }),
    transits: Type.Array(Type.String(), { default: [], description: "A list of names." }),
    join: Type.Object({
      token: Type.Optional(Type.String({ secret: true, minLength: 8, description: "Eight letters or more." })),
      mode: Type.Union([Type.Literal("once"), Type.Literal("always")], { default: "once", description: "When." }),
    }),
  }),
} satisfies Role;

const file = (text: string): ConfigSources => ({ file: { path: "pop.yaml", text } });
const load = (sources: ConfigSources) => loadConfig(role, sources);
const origins = (sources: ConfigSources) =>
  Object.fromEntries(load(sources).settings.map(({ key, origin }) => [key, originText(origin)]));

function refusal(sources: ConfigSources): SrwanError {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof SrwanError) return error;
  }
  throw new Error("was not refused with a SrwanError");
}

describe("values", () => {
  it("are the defaults where nothing is set", () => {
    expect(load({}).values).toEqual({ intervalMs: 1_000, strict: false, transits: [], join: { mode: "once" } });
  });

  it("come from flag before variable before file before default", () => {
    const text = "intervalMs: 100\nstrict: true\njoin:\n  mode: always\n";
    const sources = {
      ...file(text),
      env: { SRWAN_INTERVAL_MS: "200", SRWAN_STRICT: "false" },
      flags: { intervalMs: "300" },
    };
    expect(load(sources).values).toMatchObject({ intervalMs: 300, strict: false, join: { mode: "always" } });
    expect(origins(sources)).toEqual({
      name: "default",
      intervalMs: "--interval-ms",
      strict: "SRWAN_STRICT",
      transits: "default",
      "join.token": "default",
      "join.mode": "pop.yaml:4",
    });
  });

  it("read lists, numbers and booleans from text", () => {
    const env = { SRWAN_TRANSITS: "cogent, telia", SRWAN_STRICT: "true", SRWAN_INTERVAL_MS: "30" };
    expect(load({ env }).values).toMatchObject({ transits: ["cogent", "telia"], strict: true, intervalMs: 30 });
  });

  it("take an empty file and an empty variable for nothing", () => {
    expect(load({ ...file("# nothing yet\n"), env: { SRWAN_NAME: "" } }).values).toEqual(load({}).values);
  });
});

describe("errors", () => {
  it("name the file, the line, the key and the nearest right one", () => {
    const error = refusal(file("name: sea\njoin:\n  tokne: abc\n"));
    expect(error.code).toBe("CONFIG_KEY_UNKNOWN");
    expect(error.message).toBe("pop.yaml:3: join.tokne is not a setting of role pop");
    expect(error.remedy).toBe("Did you mean join.token?");
  });

  it("name a misspelt variable, and leave those of others alone", () => {
    const error = refusal({ env: { SRWAN_INTERVALL_MS: "5" } });
    expect([error.message, error.remedy]).toEqual([
      "environment: SRWAN_INTERVALL_MS is not a setting of role pop",
      "Did you mean SRWAN_INTERVAL_MS?",
    ]);
    expect(() => load({ env: { SRWAN_NODE: "x", PATH: "/bin" }, otherEnv: ["SRWAN_NODE"] })).not.toThrow();
  });

  it.each([
    ["a number out of range", { flags: { intervalMs: "5" } }, "--interval-ms: intervalMs = 5 must be >= 30"],
    [
      "text for a number",
      { env: { SRWAN_INTERVAL_MS: "fast" } },
      'SRWAN_INTERVAL_MS: intervalMs = "fast" must be integer',
    ],
    ["a word that is no choice", file("join: {mode: alway}\n"), 'pop.yaml:1: join.mode = "alway"'],
    ["a value for a group", file("join: yes\n"), "pop.yaml:1: join is a group of settings"],
    ["a group for a value", file("name:\n  first: a\n"), "pop.yaml:1: name ="],
  ])("name where %s stands", (_what, sources, message) => {
    const error = refusal(sources);
    expect(error.code).toBe("CONFIG_VALUE_INVALID");
    expect(error.message).toContain(message);
    expect(error.remedy.length).toBeGreaterThan(3);
  });

  it("suggest the choice that was meant", () => {
    expect(refusal(file("join: {mode: alway}\n")).remedy).toBe("Use one of once, always (did you mean always?).");
  });

  it("never print a secret", () => {
    const error = refusal({ env: { SRWAN_JOIN_TOKEN: "hunter2" } });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    expect(error.message).toContain("(secret)");
  });

  it.each(["a: [1\n", "- a\n- b\n", "name: a\nname: b\n", "\tname: a\n"])(
    "say what is not YAML, or no map: %j",
    (text) => {
      const error = refusal(file(text));
      expect(error.code).toBe("CONFIG_FILE_UNREADABLE");
      expect(error.message).toMatch(/^pop\.yaml:\d+: /);
    },
  );
});

it("names variables and flags after keys", () => {
  expect([envName("log.level"), envName("join.intervalMs")]).toEqual(["SRWAN_LOG_LEVEL", "SRWAN_JOIN_INTERVAL_MS"]);
  expect(flagName("join.intervalMs")).toBe("--join-interval-ms");
});

it("has a group also where nothing in it was given", () => {
  const schema = Type.Object({ chain: Type.Object({ url: Type.Optional(Type.String({ description: "A URL." })) }) });
  expect(loadConfig({ name: "bare", about: "", schema }, {}).values).toEqual({ chain: {} });
});
