// What is run in containers: the image and the compose file, as far as they can be judged where no engine is.

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Errors } from "typebox/value";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { VERBS } from "../../src/cli/verbs/index.ts";

const FOLDER = "deploy/compose";
const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });

/** What we use of the compose specification, in its own words; a key that is none of these is misspelt. */
const Service = Type.Object(
  {
    image: text,
    build: text,
    command: Type.Array(text, { minItems: 1 }),
    user: Type.Optional(Type.String({ pattern: "^[0-9]+:[0-9]+$" })),
    profiles: Type.Optional(Type.Array(text)),
    network_mode: Type.Optional(Type.Literal("host")),
    read_only: Type.Boolean(),
    tmpfs: Type.Optional(Type.Array(Type.String({ pattern: "^/" }))),
    cap_drop: Type.Array(Type.Literal("ALL"), { minItems: 1, maxItems: 1 }),
    cap_add: Type.Optional(Type.Array(Type.String({ pattern: "^[A-Z_]+$" }))),
    security_opt: Type.Array(Type.String({ pattern: "^[a-z-]+=[a-z]+$" })),
    environment: Type.Optional(Type.Record(Type.String({ pattern: "^[A-Z_]+$" }), Type.String())),
    volumes: Type.Array(Type.String({ pattern: "^(\\./)?[a-z.]+:/[a-z./]+(:ro)?$" })),
    stop_grace_period: Type.String({ pattern: "^[0-9]+s$" }),
    restart: Type.Literal("unless-stopped"),
  },
  closed,
);
const Compose = Type.Object(
  {
    name: text,
    services: Type.Record(Type.String({ pattern: "^[a-z]+$" }), Service),
    volumes: Type.Record(Type.String({ pattern: "^[a-z]+$" }), Type.Null()),
  },
  closed,
);

const compose = parse(readFileSync(join(FOLDER, "compose.yaml"), "utf8")) as Static<typeof Compose>;
const services = Object.entries(compose.services);
const dockerfile = readFileSync("Dockerfile", "utf8");

describe("the compose file", () => {
  it("has the form that compose reads", () => {
    expect([...Errors(Compose, compose)].slice(0, 3)).toEqual([]);
    const misspelt = { ...compose, services: { a: { ...compose.services.agent, cap_dorp: [] } } };
    expect([...Errors(Compose, misspelt)]).not.toEqual([]);
  });

  it.each(services)("%s calls a verb that there is, from the image that is built here", (_name, { command, build }) => {
    const words = command.join(" ");
    expect(VERBS.some(({ name }) => words.startsWith(`${name} `))).toBe(true);
    expect(existsSync(join(FOLDER, build, "Dockerfile"))).toBe(true);
  });

  it("mounts volumes that it declares, and files that are there or that the page asks for", () => {
    const page = readFileSync(join(FOLDER, "README.md"), "utf8");
    for (const volume of services.flatMap(([, service]) => service.volumes)) {
      const from = volume.split(":")[0] ?? "";
      const isThere = from.startsWith("./")
        ? existsSync(join(FOLDER, from)) || page.includes(join(FOLDER, from))
        : from in compose.volumes;
      expect(isThere, volume).toBe(true);
    }
  });

  it("gives the agent the rights of its unit, the controller none, and neither more while it runs", () => {
    const unit = readFileSync("deploy/systemd/srwan-agent.service", "utf8");
    const rights = /^CapabilityBoundingSet=(.*)$/m
      .exec(unit)?.[1]
      ?.split(" ")
      .map((name) => name.slice(4));
    expect(compose.services.agent?.cap_add?.toSorted()).toEqual(rights?.toSorted());
    expect(compose.services.controller?.cap_add).toBeUndefined();
    for (const [, { security_opt }] of services) expect(security_opt).toContain("no-new-privileges=true");
  });

  it("runs the controller as a user whom the image has, with a folder of its own", () => {
    const [uid] = compose.services.controller?.user?.split(":") ?? [];
    expect(dockerfile).toContain(`--uid ${uid} `);
    expect(dockerfile).toContain("-o srwan -g srwan -m 700 /var/lib/srwan/controller");
  });

  it("is of the image that labs of containerlab run", () => {
    const labs = globSync("labs/containerlab/*/*.clab.yml").map((path) => readFileSync(path, "utf8"));
    expect(labs.length).toBeGreaterThan(2);
    for (const lab of labs) expect(lab).toContain("image: srwan\n");
    for (const [, { image }] of services) expect(image).toBe("srwan");
  });
});
