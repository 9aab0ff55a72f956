// How much of what matters is near the POPs, and where the next one would help most.

import { useMemo, useState } from "preact/hooks";
import cities from "../../../labs/coverage/cities.json";
import { call } from "../base/api.ts";
import { useQuery } from "../base/query.ts";
import type { CoverageAsked, CoverageView } from "../base/types.ts";
import { usePops } from "../base/wan.ts";
import { Card, Figure, Page } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import { type Dot, WorldMap } from "../parts/world-map.tsx";

type Wanted = Pick<CoverageAsked, "destinations" | "candidates"> & { readonly name: string };

type PlanFile = {
  readonly sites?: readonly { name: string; place?: { lat: number; lon: number } }[];
  readonly destinations?: readonly { name: string; weight: number; place?: { lat: number; lon: number } }[];
};

const wantedOf = (name: string, { sites = [], destinations = [] }: PlanFile): Wanted => ({
  name,
  destinations: destinations.flatMap(({ name: city, weight, place }) =>
    place === undefined ? [] : [{ name: city, weight, place }],
  ),
  candidates: sites.flatMap(({ name: site, place }) => (place === undefined ? [] : [{ name: site, place }])),
});

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function CoveragePage() {
  const pops = usePops();
  const [withinMs, setWithin] = useState(25);
  const [add, setAdd] = useState(3);
  const [wanted, setWanted] = useState<Wanted>(() => wantedOf("cities by their people", cities));
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const asked: CoverageAsked = { ...wanted, withinUs: withinMs * 1_000, add };
  const { name: _, ...body } = asked as CoverageAsked & { name?: string };
  const plan = useQuery(
    `coverage ${wanted.name} ${withinMs} ${add} ${pops.data?.length ?? 0}`,
    async (signal) => (await call<CoverageView>("POST", "/api/v1/plan/coverage", body, { signal })).body,
  );
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    try {
      const read = wantedOf(file.name, JSON.parse(await file.text()));
      if (read.destinations.length === 0) throw new Error("it has no destinations with a place");
      setWanted(read);
      setProblem(undefined);
    } catch (thrown) {
      setProblem(`${file.name} cannot be used: ${(thrown as Error).message}`);
    }
  };
  return (
    <Page
      title="Coverage"
      about="The share of destinations within reach of a POP, one way, and the sites that would add most. Delays are estimated from places."
      source={{ cli: "srwan plan coverage --file labs/coverage/cities.json", api: ["POST /api/v1/plan/coverage"] }}
      aside={
        <div class="controls">
          <label>
            Within, ms
            <input
              type="number"
              min="1"
              max="500"
              value={withinMs}
              onInput={({ currentTarget: { value } }) => setWithin(Math.min(500, Math.max(1, Number(value) || 1)))}
            />
          </label>
          <label>
            Sites to add
            <input
              type="number"
              min="0"
              max="20"
              value={add}
              onInput={({ currentTarget: { value } }) => setAdd(Math.min(20, Math.max(0, Number(value) || 0)))}
            />
          </label>
          <label>
            Your own file
            <input
              type="file"
              accept="application/json,.json"
              onChange={({ currentTarget: { files } }) => void take(files?.[0])}
            />
          </label>
        </div>
      }
    >
      {problem === undefined ? null : (
        <p class="refused card" role="alert">
          {problem}
        </p>
      )}
      <Loaded of={plan}>
        {(view) => <Shown view={view} wanted={wanted} withinMs={withinMs} pops={pops.data ?? []} />}
      </Loaded>
    </Page>
  );
}

function Shown({
  view,
  wanted,
  withinMs,
  pops,
}: {
  readonly view: CoverageView;
  readonly wanted: Wanted;
  readonly withinMs: number;
  readonly pops: Parameters<typeof WorldMap>[0]["pops"];
}) {
  const dots = useMemo(() => {
    const near = new Set(view.near);
    const places = new Map(wanted.candidates.map(({ name, place }) => [name, place]));
    return [
      ...wanted.destinations.map(({ name, place }): Dot => ({ name, ...place, kind: near.has(name) ? "near" : "far" })),
      ...view.add.flatMap(({ site }): Dot[] => {
        const place = places.get(site);
        return place === undefined ? [] : [{ name: site, ...place, kind: "site" }];
      }),
    ];
  }, [view, wanted]);
  return (
    <>
      <div class="figures">
        <Figure
          name={`Within ${withinMs} ms now`}
          value={percent(view.covered)}
          note={`of ${wanted.name}, by weight`}
        />
        <Figure name="POPs whose place is known" value={`${view.standing.length} / ${pops.length}`} />
        <Figure name="Destinations near" value={`${view.near.length} / ${wanted.destinations.length}`} />
        <Figure name={`With ${view.add.length} more`} value={percent(view.add.at(-1)?.covered ?? view.covered)} />
      </div>
      <Card>
        <WorldMap pops={pops} arcs={[]} dots={dots} label="POPs, destinations near and far, and sites to add" />
        <p class="keys">
          <span class="key key-near">near</span>
          <span class="key key-far">not near</span>
          <span class="key key-site">site to add</span>
        </p>
      </Card>
      <Card title="Where next">
        {view.add.length === 0 ? (
          <p class="muted">No site of the file adds anything.</p>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Site</th>
                  <th scope="col" class="number">
                    Adds
                  </th>
                  <th scope="col" class="number">
                    With it
                  </th>
                  <th scope="col" class="number">
                    No choice of as many exceeds
                  </th>
                </tr>
              </thead>
              <tbody>
                {view.add.map(({ site, adds, covered, bound }) => (
                  <tr key={site}>
                    <th scope="row">{site}</th>
                    <td class="number">{percent(adds)}</td>
                    <td class="number">{percent(covered)}</td>
                    <td class="number">{percent(bound)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </>
  );
}
