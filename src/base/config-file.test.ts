// Where secrets may come from: a file that only its own may read, a credential of systemd, a variable; never a file of everybody.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { originText, type Role } from "./config.ts";
import { readConfig } from "./config-file.ts";
import { cliRole, controllerRole, ROLES } from "./roles.ts";

const folder = mkdtempSync(join(tmpdir(), "srwan-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a secret in a configuration file", () => {
  const secrets = [
    ["a token", cliRole, "service:\n  token: srwan-access.a.b\n"],
    ["a database's password", controllerRole, "store: postgres://srwan:secret@db/srwan\n"],
    ["the key of whoever serves a chain", controllerRole, "settlement:\n  chainUrl: https://rpc.example.net/v3/0123\n"],
  ] as const satisfies readonly (readonly [string, Role, string])[];
  const read = (role: Role, path: string) => readConfig(role, { file: path, env: {} });

  it.each(secrets)("is refused where others may read it: %s", (_what, role, text) => {
    const path = file("open.yaml", text, 0o644);
    expect(() => read(role, path)).toThrow(/other users of this machine may read/);
  });

  it.each(secrets)("is taken from one of its owner's group: %s", (_what, role, text) => {
    const path = file("closed.yaml", text, 0o640);
    expect(() => read(role, path)).not.toThrow();
  });

  it("is not what has none in it, whoever may read that", () => {
    const path = file(
      "plain.yaml",
      "store: /var/lib/srwan/store.db\nsettlement:\n  chainUrl: http://127.0.0.1:8545\n",
      0o644,
    );
    expect(readConfig(controllerRole, { file: path, env: {} }).values.store).toBe("/var/lib/srwan/store.db");
    const database = file("local.yaml", "store: postgres://srwan@db/srwan\n", 0o644);
    expect(() => readConfig(controllerRole, { file: database, env: {} })).not.toThrow();
  });
});

describe("a credential of systemd", () => {
  const credentials = join(folder, "credentials");
  mkdirSync(credentials);
  writeFileSync(join(credentials, "controller.store"), "postgres://srwan:secret@db/srwan\n");
  writeFileSync(join(credentials, "controller.settlement.store"), "/var/lib/srwan/settlement.db\n");
  writeFileSync(join(credentials, "controller.listen"), "0.0.0.0:1\n");
  const env = { CREDENTIALS_DIRECTORY: credentials };
  const path = file("with.yaml", "store: ./other.db\n", 0o644);

  it("gives a secret setting its value, over the file, under the environment", () => {
    const { values, settings } = readConfig(controllerRole, { file: path, env });
    expect(values.store).toBe("postgres://srwan:secret@db/srwan");
    expect(values.settlement.store).toBe("/var/lib/srwan/settlement.db");
    const store = settings.find(({ key }) => key === "store");
    expect(store && originText(store.origin)).toBe(join(credentials, "controller.store"));
    expect(readConfig(controllerRole, { file: path, env: { ...env, SRWAN_STORE: "./mine.db" } }).values.store).toBe(
      "./mine.db",
    );
  });

  it("gives nothing else one", () => {
    expect(readConfig(controllerRole, { file: path, env }).values.listen).toBe("127.0.0.1:7177");
    expect(readConfig(cliRole, { file: file("cli.yaml", "", 0o600), env }).values.service.token).toBeUndefined();
  });

  it("is there for every setting whose name says that it is a secret", async () => {
    const [{ leaves }, { isSecretKey }] = await Promise.all([import("./config.ts"), import("./redact.ts")]);
    const all = ROLES.flatMap(({ name, schema }) =>
      leaves(schema).map((leaf) => ({ name: `${name}.${leaf.key}`, ...leaf })),
    );
    const unmarked = all.filter(({ key, schema }) => isSecretKey(key) && schema.secret !== true);
    expect(unmarked.map(({ name }) => name)).toEqual([]);
  });
});
