// The edge of `srwan device`: reads the file of intents, and whom it is for.

import { readFileSync } from "node:fs";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { FAMILIES, type FamilyName } from "../../netconf/devices/family.ts";
import { readIntents } from "../../netconf/devices/intent-file.ts";
import type { DeviceIntent } from "../../wire/intent.ts";
import { oneOf, usage } from "../flags.ts";

export function intentsFrom(file: string | boolean | undefined): readonly DeviceIntent[] {
  if (typeof file !== "string")
    throw usage("--intent is missing", "Name a file of intents: --intent FILE, or - for stdin.");
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    throw new SrwanError("INTENT_INVALID", `${file}: ${(cause as Error).message}`, {
      remedy: "Check the path.",
      cause,
    });
  }
  if (text.length > LIMITS.desiredFileMaxOctets) {
    throw new SrwanError("INTENT_INVALID", `${file}: ${text.length} characters are too many`, {
      remedy: "Split it.",
    });
  }
  return readIntents(text, file === "-" ? "stdin" : file);
}

/** --platform, or what the devices file says of a device. */
export const familyOf = (flag: string | boolean | undefined, known: FamilyName | undefined): FamilyName =>
  flag === undefined && known !== undefined ? known : platformFrom(flag);

export function platformFrom(text: string | boolean | undefined): FamilyName {
  if (typeof text !== "string") throw usage("--platform is missing", `Say which: --platform ${FAMILIES.join("|")}.`);
  return oneOf("--platform", text, FAMILIES);
}
