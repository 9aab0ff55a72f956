// Every policy with where it stands, what was expected of it and what it gets.

import { useState } from "preact/hooks";
import { msUnit, span } from "../base/format.ts";
import { useNow } from "../base/query.ts";
import { linkTo } from "../base/route.ts";
import type { PolicyView } from "../base/types.ts";
import { troubled, useConditions, usePolicies } from "../base/wan.ts";
import { Badge } from "../parts/badge.tsx";
import { Card, Page } from "../parts/page.tsx";
import { Path } from "../parts/path.tsx";
import { Empty, Loaded } from "../parts/states.tsx";

const SHOWN = 200;

export function PoliciesPage() {
  const policies = usePolicies();
  const conditions = useConditions();
  const now = useNow();
  const [wanted, setWanted] = useState("");
  const marked = troubled(conditions.data?.items);
  const fits = ({ spec, status }: PolicyView): boolean =>
    `${spec.name} ${spec.from} ${spec.to} ${status?.state ?? ""}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <Page
      title="Policies"
      about="What traffic between two POPs is to get, the path it is on, and why."
      source={{ cli: "srwan policy list", api: ["GET /api/v1/policies"] }}
      aside={
        <div class="controls">
          <label>
            Find
            <input
              type="search"
              value={wanted}
              placeholder="name, POP or state"
              onInput={({ currentTarget: { value } }) => setWanted(value)}
            />
          </label>
          <a class="button" href={linkTo("changes")}>
            Change
          </a>
        </div>
      }
    >
      <Card>
        <Loaded of={policies}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No policy is in force">
                <a href={linkTo("changes")}>Make the first</a>, or{" "}
                <code>srwan policy set gold --from sea --to fra</code>
              </Empty>
            ) : (
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Policy</th>
                      <th scope="col">State</th>
                      <th scope="col">Path</th>
                      <th scope="col" class="number">
                        Actual − expected
                      </th>
                      <th scope="col">Why</th>
                      <th scope="col" class="number">
                        Since
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {all
                      .filter(fits)
                      .slice(0, SHOWN)
                      .map(({ spec, status }) => {
                        const active = status?.paths.find(({ role }) => role === "active");
                        const offUs =
                          status?.actualUs === null ||
                          status?.actualUs === undefined ||
                          active?.expectedUs === null ||
                          active === undefined
                            ? null
                            : status.actualUs - active.expectedUs;
                        return (
                          <tr key={spec.name}>
                            <th scope="row">
                              <a href={linkTo("policies", spec.name)}>{spec.name}</a>
                            </th>
                            <td>
                              <Badge state={status?.state ?? "not decided"} />
                            </td>
                            <td>
                              <Path segments={active?.segments ?? []} marked={marked} />
                            </td>
                            <td class="number">
                              {offUs === null ? "–" : `${offUs >= 0 ? "+" : "−"} ${msUnit(Math.abs(offUs))}`}
                            </td>
                            <td class="why">{status?.decision || status?.why || "nothing is decided yet"}</td>
                            <td class="number">{status === null ? "–" : span(now - status.since)}</td>
                          </tr>
                        );
                      })}
                  </tbody>
                </table>
                {all.filter(fits).length === 0 ? <p class="muted">No policy fits “{wanted}”.</p> : null}
              </div>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
