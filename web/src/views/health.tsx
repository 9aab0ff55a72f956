// What is not as it should be, and what to do about it.

import { get } from "../base/api.ts";
import { span } from "../base/format.ts";
import { useNow, useQuery } from "../base/query.ts";
import type { StatusView } from "../base/types.ts";
import { useConditions, useGroups } from "../base/wan.ts";
import { Badge } from "../parts/badge.tsx";
import { Conditions } from "../parts/conditions.tsx";
import { Card, Page } from "../parts/page.tsx";
import { Empty, Loaded } from "../parts/states.tsx";

export function HealthPage() {
  const conditions = useConditions();
  const groups = useGroups();
  const status = useQuery("status", (signal) => get<StatusView>("/api/v1/status", signal), { everyMs: 5_000 });
  const now = useNow();
  return (
    <Page
      title="Health"
      about="Conditions from a closed list. Each goes by itself when it is over."
      source={{
        cli: "srwan status",
        api: ["GET /api/v1/conditions", "GET /api/v1/status", "GET /readyz", "GET /metrics"],
      }}
    >
      <Card>
        <Loaded of={conditions}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nothing is wrong">
                POPs are there and hold what they should, every policy is proved, every group is decided.
              </Empty>
            ) : (
              <Conditions items={items} />
            )
          }
        </Loaded>
      </Card>
      <div class="columns">
        <Card title="Services">
          <Loaded of={status}>
            {({ services, service, store, version }) => (
              <>
                <p class="muted">
                  srwan {version} over {store === "sqlite" ? "an embedded store" : "PostgreSQL"}
                </p>
                <div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Service</th>
                        <th scope="col">State</th>
                        <th scope="col">Address</th>
                        <th scope="col" class="number">
                          Up
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {services.map(({ id, alive, address, startedMs }) => (
                        <tr key={id}>
                          <th scope="row">
                            {id} {id === service ? <span class="muted">answers</span> : null}
                          </th>
                          <td>
                            <Badge state={alive ? "there" : "away"} />
                          </td>
                          <td>
                            <code>{address}</code>
                          </td>
                          <td class="number">{span(now - startedMs)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </>
            )}
          </Loaded>
        </Card>
        <Card title="Groups">
          <Loaded of={groups}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty title="No group yet" />
              ) : (
                <div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">Group</th>
                        <th scope="col" class="number">
                          POPs
                        </th>
                        <th scope="col">Decided by</th>
                        <th scope="col" class="number">
                          For
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {items.map(({ name, members, service, sinceMs }) => (
                        <tr key={name}>
                          <th scope="row">{name}</th>
                          <td class="number">{members}</td>
                          <td>{service || "nobody"}</td>
                          <td class="number">{sinceMs === 0 ? "–" : span(now - sinceMs)}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )
            }
          </Loaded>
        </Card>
      </div>
    </Page>
  );
}
