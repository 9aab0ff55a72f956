// The SID ledger as YAML: one grant a line, so that a version control system shows who got what and when.

import { Document, isMap, isSeq, parse } from "yaml";
import { SrwanError } from "../base/errors.ts";
import { type Ledger, readLedger, writeLedger } from "./locator-plan.ts";

const HEAD =
  " Who has which SID. `srwan sid next` and `srwan sid retire` write this file; other comments are not kept.\n" +
  " A line that is removed frees its SID for somebody else: retire it instead.";

export function parseLedger(text: string, file: string): Ledger {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new SrwanError("VALUE_INVALID", `${file} is no YAML: ${(error as Error).message.split("\n")[0]}`, {
      remedy: "Correct the line, or take an older version of the file.",
      cause: error,
    });
  }
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
