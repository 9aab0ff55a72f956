// The same in the router's own words, for people to compare with `show running-config`. Written from the intent, not sent.

import { parsePrefix } from "../../../srv6/address.ts";
import type { DeviceIntent, IntentOf } from "../../../wire/intent.ts";
import { onBox, pathOnBox } from "../names.ts";
import { dscpWord } from "../value.ts";
import { DEFAULT_VRF, PREFERENCE, policyByColor, STATIC_BEHAVIOR } from "./objects.ts";

export function cli(intent: DeviceIntent): readonly string[] {
  switch (intent.kind) {
    case "locator":
      return under(
        ["segment-routing", "srv6", "locators", `locator ${onBox(intent.name)}`],
        [...(intent.format === "usid" ? ["micro-segment behavior unode psp-usd"] : []), `prefix ${intent.prefix}`],
      );
    case "sid":
      return sid(intent);
    case "policy":
      return policy(intent);
    case "route":
      return under(
        ["router static", `address-family ${afOf(intent.prefix)} unicast`],
        [`${intent.prefix} sr-policy ${policyByColor(intent)} description ${onBox(intent.policy)}`],
      );
    case "queue":
      return queue(intent);
    case "dynamic-policy":
      return [];
  }
}

export function cliRemoval(intent: DeviceIntent): readonly string[] {
  switch (intent.kind) {
    case "locator":
      return under(["segment-routing", "srv6", "locators"], [`no locator ${onBox(intent.name)}`]);
    case "sid":
      return under(["segment-routing", "srv6", "static endpoints"], [`no sid ${intent.sid}`]);
    case "policy":
      return under(
        ["segment-routing", "traffic-eng"],
        [
          `no policy ${onBox(intent.name)}`,
          ...under(
            ["segment-lists"],
            [...(intent.backup ? [intent.backup] : []), ...intent.paths.toReversed()].map(
              ({ name }) => `no segment-list ${pathOnBox(intent.name, name)}`,
            ),
          ),
        ],
      );
    case "route":
      return under(
        ["router static", `address-family ${afOf(intent.prefix)} unicast`],
        [`no ${intent.prefix} sr-policy ${policyByColor(intent)}`],
      );
    case "queue":
      return [
        `interface ${intent.device}`,
        ` no service-policy output ${onBox(intent.name)}`,
        "!",
        `no policy-map ${onBox(intent.name)}`,
        `no class-map match-any ${onBox(intent.name)}`,
      ];
    case "dynamic-policy":
      return [];
  }
}

const afOf = (prefix: string): string => (parsePrefix(prefix).family === 6 ? "ipv6" : "ipv4");

/** Lines inside modes, one space a mode, each mode closed by "!". */
function under(modes: readonly string[], lines: readonly string[]): string[] {
  const [mode, ...deeper] = modes;
  if (mode === undefined) return [...lines];
  return [mode, ...under(deeper, lines).map((line) => ` ${line}`), "!"];
}

function sid({ sid, behavior, format, device, vrf }: IntentOf<"sid">): string[] {
  const cross = behavior === "End.X";
  return under(
    ["segment-routing", "srv6", "static endpoints", `sid ${sid}`],
    [
      `behavior ${STATIC_BEHAVIOR[cross ? "End.X" : "End.DT46"][format]}`,
      "forwarding",
      ...(cross ? [`allocation-context interface ${device}`] : [`allocation-context vrf ${vrf ?? DEFAULT_VRF}`]),
    ],
  );
}

function policy({ name, color, endpoint, paths, backup, bindingSid }: IntentOf<"policy">): string[] {
  const list = (path: { name: string; sids: readonly string[] }) =>
    under(
      [`segment-list ${pathOnBox(name, path.name)}`, "srv6"],
      path.sids.map((one, i) => `index ${(i + 1) * 10} sid ${one}`),
    );
  const preference = (index: number, all: readonly { name: string; weight?: number }[]) =>
    under(
      [`preference ${index}`],
      all.flatMap((path) =>
        under(
          [`explicit segment-list ${pathOnBox(name, path.name)}`],
          path.weight === undefined ? [] : [`weight ${path.weight}`],
        ),
      ),
    );
  return under(
    ["segment-routing", "traffic-eng"],
    [
      ...under(["segment-lists"], [...paths, ...(backup ? [backup] : [])].flatMap(list)),
      ...under(
        [`policy ${onBox(name)}`],
        [
          ...(bindingSid
            ? under(["srv6"], [`locator ${onBox(bindingSid.locator)} binding-sid dynamic behavior ub6-encaps-reduced`])
            : []),
          `color ${color} end-point ipv6 ${endpoint}`,
          ...under(
            ["candidate-paths"],
            [...(backup ? preference(PREFERENCE.backup, [backup]) : []), ...preference(PREFERENCE.paths, paths)],
          ),
        ],
      ),
    ],
  );
}

function queue({ name, device, dscp, rateBps }: IntentOf<"queue">): string[] {
  const own = onBox(name);
  return [
    ...under([`class-map match-any ${own}`], [`match dscp ${dscp.map(dscpWord).join(" ")}`]),
    ...under(
      [`policy-map ${own}`],
      under([`class ${own}`], ["priority level 1", `police rate ${rateBps / 1_000} kbps`]),
    ),
    ...under([`interface ${device}`], [`service-policy output ${own}`]),
  ];
}
