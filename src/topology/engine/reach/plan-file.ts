// The file of `srwan plan coverage`: destinations with their weight, sites that stand or might, and what is measured
// between them. A delay that was not measured is estimated from where the two are, and counted as an estimate.

import { type Static, Type } from "typebox";
import { SrwanError } from "../../../base/errors.ts";
import { fieldText, misfit } from "../../../base/misfit.ts";
import type { Coverage } from "./coverage.ts";
import { estimateUs } from "./places.ts";

const closed = { additionalProperties: false } as const;
const name = (description: string) => Type.String({ minLength: 1, maxLength: 100, description });
const place = Type.Object(
  {
    lat: Type.Number({ minimum: -90, maximum: 90, description: "Degrees north." }),
    lon: Type.Number({ minimum: -180, maximum: 180, description: "Degrees east." }),
  },
  { ...closed, description: "Where it is." },
);

export const CoverageFile = Type.Object(
  {
    version: Type.Literal(1, { description: "The version of this format: 1." }),
    sites: Type.Array(
      Type.Object(
        {
          name: name("Unique among the sites."),
          place: Type.Optional(place),
          standing: Type.Optional(Type.Boolean({ description: "A POP is there already (no)." })),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000, description: "Where POPs are or might be." },
    ),
    destinations: Type.Array(
      Type.Object(
        {
          name: name("A city, a prefix, a customer."),
          weight: Type.Number({ minimum: 0, maximum: 1e12, description: "How much it counts: people, traffic." }),
          place: Type.Optional(place),
          delayUs: Type.Optional(
            Type.Record(Type.String(), Type.Integer({ minimum: 1, maximum: 1e9 }), {
              description: "Measured one way, in µs, by the name of the site.",
            }),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: 100_000, description: "Who is to be near." },
    ),
  },
  { ...closed, title: "srwan destinations and sites" },
);
export type CoverageFile = Static<typeof CoverageFile>;

export function readCoverage(text: string, file: string): CoverageFile {
  const refuse = (field: string, what: string, remedy: string): SrwanError =>
    new SrwanError("COVERAGE_INVALID", `${file}: ${field || "the file"} ${what}`, { remedy, details: { file, field } });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw refuse("", `is not JSON: ${(error as Error).message}`, "Correct it there.");
  }
  const wrong = misfit(CoverageFile, raw, "See docs/reference/schemas/coverage.schema.json.");
  if (wrong) throw refuse(fieldText(wrong.path), wrong.what, wrong.remedy);
  const right = raw as CoverageFile;
  const names = new Set<string>();
  for (const [i, site] of right.sites.entries()) {
    if (names.has(site.name)) throw refuse(`sites[${i}].name`, `= "${site.name}" is there twice`, "Name each apart.");
    names.add(site.name);
  }
  for (const [i, { delayUs = {} }] of right.destinations.entries()) {
    const stray = Object.keys(delayUs).find((site) => !names.has(site));
    if (stray !== undefined) {
      throw refuse(`destinations[${i}].delayUs.${stray}`, "is no site of this file", "Add it under sites.");
    }
  }
  return right;
}

export type Reach = Coverage & {
  /** How many of the delays that decide were measured, estimated, or neither: those count as far. */
  readonly measured: number;
  readonly estimated: number;
  readonly unknown: number;
};

/** Which destinations each site has within `withinUs`. */
export function reachOf({ sites, destinations }: CoverageFile, withinUs: number): Reach {
  let [measured, estimated, unknown] = [0, 0, 0];
  const covers = new Map(
    sites.map((site) => {
      const near = destinations.flatMap((destination, at) => {
        const { delayUs = {}, place: there } = destination;
        if (Object.hasOwn(delayUs, site.name)) {
          measured++;
          return (delayUs[site.name] as number) <= withinUs ? [at] : [];
        }
        if (!site.place || !there) {
          unknown++;
          return [];
        }
        estimated++;
        return estimateUs(site.place, there) <= withinUs ? [at] : [];
      });
      return [site.name, near] as const;
    }),
  );
  return { weights: destinations.map(({ weight }) => weight), covers, measured, estimated, unknown };
}
