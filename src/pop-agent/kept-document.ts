// The last desired document on disk: an agent that starts without its service goes on with it.

import { Check } from "typebox/value";
import { PopDesired } from "../wire/desired.ts";
import type { StateFolder } from "./state-folder.ts";

const FILE = "desired.json";

export function keptDocument(folder: StateFolder): PopDesired | undefined {
  const value = folder.read(FILE);
  return Check(PopDesired, value) ? value : undefined;
}

export const keepDocument = (folder: StateFolder, document: PopDesired): void => folder.write(FILE, document);
