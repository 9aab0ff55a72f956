// Copies of the ledger with a defence taken out: its files are pure and import nothing but each other, so a folder of them is
// a ledger.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { closeEpoch } from "../../src/settlement/ledger/close.ts";
import type { net } from "../../src/settlement/ledger/netting.ts";
import type { Removal } from "./mutants.ts";

const LEDGER = join(import.meta.dirname, "..", "..", "src", "settlement", "ledger");

export type Ledger = { readonly closeEpoch: typeof closeEpoch; readonly net: typeof net };

/** The ledger as it is, or without what is taken out. */
export async function ledger(removals: readonly Removal[]): Promise<Ledger> {
  const folder = mkdtempSync(join(tmpdir(), "srwan-ledger-"));
  const names = readdirSync(LEDGER).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const files = new Map(names.map((name) => [name, readFileSync(join(LEDGER, name), "utf8")]));
  for (const { file, find, put } of removals) {
    const text = files.get(file) ?? "";
    if (text.split(find).length !== 2) throw new Error(`${file} does not hold once: ${find}`);
    files.set(
      file,
      text.replace(find, () => put),
    );
  }
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
  const load = (name: string) => import(pathToFileURL(join(folder, name)).href);
  try {
    return { ...(await load("close.ts")), ...(await load("netting.ts")) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
