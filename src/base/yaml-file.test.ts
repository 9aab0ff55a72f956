// What a person reads when a file is wrong: the line, the field, the value, and what to do.

import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { SrwanError } from "./errors.ts";
import { readYaml, refuseRepeats, refuseUnknown } from "./yaml-file.ts";

const closed = { additionalProperties: false } as const;
const Schema = Type.Object(
  {
    name: Type.String({ description: "Any name." }),
    ports: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          { speed: Type.Optional(Type.Integer({ description: "Megabits." })), key: Type.Optional(secret()) },
          closed,
        ),
      ),
    ),
    names: Type.Optional(Type.Array(Type.String())),
    list: Type.Optional(Type.Array(Type.Object({ id: Type.Integer() }, closed))),
  },
  closed,
);

function secret() {
  return Type.String({ minLength: 4, secret: true, description: "At least 4 characters." });
}

const read = (text: string) =>
  readYaml(Schema, { text, file: "f.yml", code: "LAB_INVALID", reference: "the reference" });

function refused(run: () => unknown): SrwanError {
  try {
    run();
  } catch (error) {
    if (error instanceof SrwanError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a YAML file", () => {
  it("is taken as it stands, aliases and merges followed, and JSON too", () => {
    const merged = "name: a\nports:\n  p1: &one {speed: 10}\n  p2: {<<: *one}\n";
    expect(read(merged).value).toEqual({ name: "a", ports: { p1: { speed: 10 }, p2: { speed: 10 } } });
    expect(read('{"name": "a"}').value).toEqual({ name: "a" });
  });

  it.each([
    ["name: a\nports: {p1: {sped: 1}}", "f.yml:2: ports.p1.sped is no field of this format", "Did you mean speed?"],
    ["name: a\nport: {}", "f.yml:2: port is no field of this format", "Did you mean ports?"],
    ["name: a\nports:\n  p1:\n    speed: fast", 'f.yml:4: ports.p1.speed = "fast" must be integer', "Megabits."],
    ["list:\n  - id: 1\n  - id: x\nname: a", 'f.yml:3: list[1].id = "x" must be integer', "See the reference."],
    ["ports: {}", "f.yml:1: the file must have required properties name", "Any name."],
    ["name: a\nname: b", "f.yml:2: name is there twice", "Give each a name of its own, or keep one of them."],
    ["name: a\nports:\n  p1: [", /^f\.yml:3: neither YAML nor JSON: /, "Correct the line."],
    [
      "name: a\nports: *none",
      /^f\.yml:2: the file cannot be read: an alias stands for nothing/,
      /^Write out what it stands for/,
    ],
    ["name: &a [*a]", /^f\.yml:1: the file cannot be read: an alias stands for what it is in/, /^Write out what it/],
    ["name: a\nports: {1: {}, '1': {}}", "f.yml:2: 1 is there twice", "Give each a name of its own"],
    ["name: a\n? {x: y}\n: 1", "f.yml:1: the file has a field whose name is none", "Write a word before the colon."],
    ["name: a\nlist: .inf", "f.yml:2: list = Infinity must be array", "See the reference."],
    ["name: a\nnames:\n  - b\n  - fc00:1::", /^f\.yml:4: names\[1\] = /, /Put an address that ends in "::" in quotes/],
    ["name: fc00:1::", /^f\.yml:1: /, /Put an address that ends in "::" in quotes/],
  ])("%j", (text, message, remedy) => {
    const error = refused(() => read(text));
    expect(error.code).toBe("LAB_INVALID");
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
  });

  it("never shows a secret, not even inside what holds it", () => {
    const inside = refused(() => read("name: a\nports: {p1: {key: abc, speed: x}}"));
    const itself = refused(() => read("name: a\nports: {p1: {key: abc}}"));
    const around = refused(() => read("name: a\nports: [abc]"));
    expect([inside, itself, around].map((error) => error.message).join()).not.toContain("abc");
  });

  it("stops at aliases that multiply", () => {
    const rows = Array.from(
      { length: 12 },
      (_, i) => `  p${i}: &a${i} [${"*aX,".replaceAll("X", String(i - 1)).repeat(i && 9)} 1]`,
    );
    expect(refused(() => read(`name: a\nports:\n${rows.join("\n")}`)).message).toContain("cannot be read");
  });

  it("tells what a reader of it refuses the same way", () => {
    const { value, refuse } = read("name: a\nlist:\n  - id: 1\n  - id: 1\n");
    const twice = refused(() => refuseRepeats(refuse, ["list"], value.list ?? [], (item) => String(item.id), "id"));
    expect(twice.message).toBe('f.yml:4: list[1] repeats the id "1"');
    const known = ["alpha", "beta"];
    const unknown = refuseUnknown(refuse, ["name"], "bet", { what: "thing", known, remedy: "Add it." });
    expect(unknown.message).toBe("f.yml:1: name = bet is no thing of this file");
    expect(unknown.remedy).toBe("Did you mean beta?");
    expect(unknown.details).toEqual({ file: "f.yml", line: 1, field: "name" });
  });
});

describe("a file too large for a person", () => {
  const large = (id: string) =>
    `{"name": "a",\n"list": [\n${Array.from({ length: 20_000 }, (_, i) => `{"id": ${i}}`).join(",\n")},\n{"id": ${id}}]}`;

  it("is read as JSON the same", () => {
    expect(read(large("7")).value.list).toHaveLength(20_001);
  });

  it("still has lines where it is wrong", () => {
    expect(refused(() => read(large('"x"'))).message).toBe('f.yml:20003: list[20000].id = "x" must be integer');
    expect(refused(() => read(large("{}}"))).message).toMatch(/^f\.yml:20003: neither YAML nor JSON: /);
  });
});
