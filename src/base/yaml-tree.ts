// What YAML's own reader would take too long over, or follow without end, found in one walk over the parsed document:
// fields that are there twice, and aliases.

import { type Document, isNode, isScalar, visit } from "yaml";
import { LIMITS } from "./limits.ts";

export type TreeFault = {
  readonly offset: number;
  readonly field: string;
  readonly what: string;
  readonly remedy: string;
};

/** The first fault of the document. An alias is not named: an unquoted secret may be taken for one. */
export function treeFault(doc: Document): TreeFault | undefined {
  const anchors = new Set<string>();
  let fault: TreeFault | undefined;
  let aliases = 0;
  const found = (offset: number | undefined, field: string, what: string, remedy: string): symbol => {
    fault = { offset: offset ?? 0, field, what, remedy };
    return visit.BREAK;
  };
  const note = (_key: unknown, { anchor }: { anchor?: string | undefined }): void => {
    if (anchor !== undefined) anchors.add(anchor);
  };
  visit(doc, {
    Scalar: note,
    Seq: note,
    Map(_key, node) {
      note(_key, node);
      const fields = new Set<unknown>();
      for (const { key } of node.items) {
        // As it will be read: 1 and "1" are one field, and so are nothing and "".
        const name = isScalar(key) && typeof key.value !== "symbol" ? String(key.value ?? "") : key;
        // A merge may come several times.
        if (fields.has(name) && name !== "<<") {
          const offset = isNode(key) ? key.range?.[0] : undefined;
          return found(
            offset,
            String(name),
            `${name} is there twice`,
            "Give each a name of its own, or keep one of them.",
          );
        }
        fields.add(name);
      }
      return undefined;
    },
    Alias(_key, { source, range }, path) {
      aliases++;
      const inItself = path.some((node) => isNode(node) && "anchor" in node && node.anchor === source);
      const why = inItself
        ? "an alias stands for what it is in"
        : !anchors.has(source)
          ? "an alias stands for nothing that was named before"
          : aliases > LIMITS.yamlAliasesMax
            ? `there are more than ${LIMITS.yamlAliasesMax} aliases`
            : undefined;
      if (why === undefined) return undefined;
      const remedy = 'Write out what it stands for, or put text that begins with "*" in quotes.';
      return found(range?.[0], "", `the file cannot be read: ${why}`, remedy);
    },
  });
  return fault;
}
