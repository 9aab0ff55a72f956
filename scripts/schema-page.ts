// A file format as a page to read: one table an object of its JSON schema, outermost first.

export type SchemaNode = {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
};

export type Field = {
  readonly name: string;
  readonly required: boolean;
  readonly values: string;
  readonly about: string;
};

/** An object of the format: its place ("policies[].paths[]"), and what it holds. */
export type Section = { readonly place: string; readonly fields: readonly Field[] };

export function sections(schema: SchemaNode, place = ""): Section[] {
  const own = Object.entries(schema.properties ?? {});
  const fields = own.map(([name, node]) => ({
    name,
    required: schema.required?.includes(name) === true,
    values: values(node),
    about: node.description ?? "",
  }));
  const inside = own.flatMap(([name, node]) => {
    const [object, suffix] = node.items ? [node.items, "[]"] : [node, ""];
    return object.properties ? sections(object, `${place === "" ? "" : `${place}.`}${name}${suffix}`) : [];
  });
  return withoutRepeats([{ place, fields }, ...inside]);
}

/** Two objects of one form are told once, under both their places. */
function withoutRepeats(all: readonly Section[]): Section[] {
  const seen = new Map<string, Section>();
  for (const section of all) {
    const form = JSON.stringify(section.fields);
    const before = seen.get(form);
    seen.set(form, before ? { ...before, place: `${before.place}, ${section.place}` } : section);
  }
  return [...seen.values()];
}

function values(node: SchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.anyOf) return node.anyOf.map(values).join(" ");
  if (node.type === "array") {
    const most = node.maxItems === undefined ? "" : `, at most ${node.maxItems.toLocaleString("en-US")}`;
    const each = node.items?.description?.replace(/^An? (.*)\.$/, (_all, what) =>
      what.endsWith("x") ? `${what}es` : `${what}s`,
    );
    return `list of ${node.items?.properties ? "objects" : (each ?? "texts")}${most}`;
  }
  if (node.type === "integer") return `${number(node.minimum)} to ${number(node.maximum)}`;
  return { string: "text", boolean: "`true` `false`", object: "object" }[node.type ?? ""] ?? "";
}

const number = (value: number | undefined): string => (value === undefined ? "any" : value.toLocaleString("en-US"));
