// Where the POPs are, and how the segments between them are: one arc for each direction.

import { useState } from "preact/hooks";
import { msUnit, percent, segmentOf } from "../base/format.ts";
import { linkTo, useField } from "../base/route.ts";
import { segmentWords } from "../base/story.ts";
import { useConditions, useGroups, useMatrix, usePolicies, usePops } from "../base/wan.ts";
import { arcsOf } from "../parts/arcs.ts";
import { Badge } from "../parts/badge.tsx";
import { Cells } from "../parts/cells.ts";
import { Card, Page } from "../parts/page.tsx";
import { Empty, Loaded } from "../parts/states.tsx";
import { TimeSlider } from "../parts/time-slider.tsx";
import { WorldMap } from "../parts/world-map.tsx";

const MOST_ROWS = 400;

export function MapPage() {
  const pops = usePops();
  const groups = useGroups();
  const policies = usePolicies();
  const conditions = useConditions();
  const [group, setGroup] = useField("group", groups.data?.items[0]?.name ?? "");
  const [policy, setPolicy] = useField("policy", "");
  const [atMs, setAt] = useState<number | undefined>(undefined);
  const matrix = useMatrix(group === "" ? undefined : group, atMs, 2_000);
  const members = pops.data?.filter((pop) => group === "" || pop.group === group) ?? [];
  // What is wrong is known of now only.
  const wrong = atMs === undefined ? (conditions.data?.items ?? []) : [];
  const cells = matrix.data === undefined ? undefined : new Cells(matrix.data);
  const chosen = policy === "" ? undefined : policy;
  const arcs = cells === undefined ? [] : arcsOf(cells, wrong, policies.data ?? [], chosen);
  const worth = arcs.filter(({ kind }) => kind !== "plain" && kind !== "dim");
  return (
    <Page
      title="Map"
      about="An arc bends to the right of its direction. Thick: it carries a policy. Orange: congested. Red: down."
      source={{
        cli: "srwan segments",
        api: ["GET /api/v1/pops", "GET /api/v1/segments", `GET /api/v1/groups/${group || ":name"}/matrix`],
      }}
      aside={
        <div class="controls">
          {(groups.data?.items.length ?? 0) > 1 ? (
            <label>
              Group
              <select value={group} onChange={({ currentTarget: { value } }) => setGroup(value)}>
                {groups.data?.items.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          ) : null}
          <label>
            Policy
            <select
              value={policy}
              onChange={({ currentTarget: { value } }) => setPolicy(value === "" ? undefined : value)}
            >
              <option value="">all of them</option>
              {policies.data?.map(({ spec }) => (
                <option key={spec.name}>{spec.name}</option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <TimeSlider atMs={atMs} onAt={setAt} />
      <Card>
        <Loaded of={pops}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No POP joined yet">
                Give a POP its place in the WAN: <code>srwan token create --pop sea</code>, then{" "}
                <code>srwan agent join</code> there.
              </Empty>
            ) : (
              <WorldMap
                pops={members}
                arcs={arcs}
                label={`${members.length} POPs and ${arcs.length} directed segments`}
              />
            )
          }
        </Loaded>
      </Card>
      <Card title="Segments that carry a policy or are in trouble">
        {worth.length === 0 ? (
          <p class="muted">None now.</p>
        ) : (
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Segment</th>
                  <th scope="col">State</th>
                  <th scope="col" class="number">
                    One way
                  </th>
                  <th scope="col" class="number">
                    Loss
                  </th>
                  <th scope="col">Carries</th>
                </tr>
              </thead>
              <tbody>
                {worth.slice(0, MOST_ROWS).map(({ segment, from, to, kind }) => {
                  const quickest = cells?.of(from, to);
                  // The matrix has the quickest segment of a pair; of another one nothing is said here.
                  const cell = quickest?.transit === segmentOf(segment).transit ? quickest : undefined;
                  const carried = (policies.data ?? []).filter(({ status }) =>
                    status?.paths.some(({ role, segments }) => role === "active" && segments.includes(segment)),
                  );
                  return (
                    <tr key={segment}>
                      <th scope="row">{segmentWords(segment)}</th>
                      <td>
                        <Badge state={kind === "bad" ? "DOWN" : kind === "warn" ? "DEGRADED" : "UP"} />
                      </td>
                      <td class="number">{msUnit(cell?.delayUs)}</td>
                      <td class="number">{percent(cell?.lossPpm)}</td>
                      <td>
                        {carried.map(({ spec }) => (
                          <a key={spec.name} class="item" href={linkTo("policies", spec.name)}>
                            {spec.name}
                          </a>
                        ))}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Card>
    </Page>
  );
}
