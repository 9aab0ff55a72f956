// The SID ledger as YAML: one grant a line, so that a version control system shows who got what and when.

import { Document, isMap, isSeq } from "yaml";
import { readYaml } from "../base/yaml-file.ts";
import { type Ledger, LedgerFile, readLedger, writeLedger } from "./locator-plan.ts";

const HEAD =
  " Who has which SID. `srwan sid next` and `srwan sid retire` write this file; other comments are not kept.\n" +
  " A line that is removed frees its SID for somebody else: retire it instead.";

export function parseLedger(text: string, file: string): Ledger {
  const reference = "docs/reference/schemas/ledger.schema.json";
  const { value } = readYaml(LedgerFile, { text, file, code: "VALUE_INVALID", reference });
  return readLedger(value, file);
}

export function ledgerText(ledger: Ledger): string {
  const doc = new Document(writeLedger(ledger));
  doc.commentBefore = HEAD;
  const grants = doc.get("grants");
  if (isSeq(grants)) {
    grants.flow = false;
    for (const grant of grants.items) if (isMap(grant)) grant.flow = true;
  }
  return doc.toString({ lineWidth: 0 });
}
