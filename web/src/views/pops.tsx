// Every POP: whether it is there, what it holds, where it is.

import { span } from "../base/format.ts";
import { useNow } from "../base/query.ts";
import { linkTo } from "../base/route.ts";
import { usePops } from "../base/wan.ts";
import { Badge } from "../parts/badge.tsx";
import { Card, Page } from "../parts/page.tsx";
import { Empty, Loaded } from "../parts/states.tsx";

export function PopsPage() {
  const pops = usePops();
  const now = useNow();
  return (
    <Page
      title="POPs"
      about="Points of presence that joined."
      source={{ cli: "srwan pops", api: ["GET /api/v1/pops"] }}
    >
      <Card>
        <Loaded of={pops}>
          {(all) =>
            all.length === 0 ? (
              <Empty title="No POP joined yet">
                <code>srwan token create --pop sea</code> makes the token that one joins with.
              </Empty>
            ) : (
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">POP</th>
                      <th scope="col">State</th>
                      <th scope="col">Site</th>
                      <th scope="col">Group</th>
                      <th scope="col">Locator</th>
                      <th scope="col" class="number">
                        Segments
                      </th>
                      <th scope="col" class="number">
                        Holds
                      </th>
                      <th scope="col" class="number">
                        Joined
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map(
                      ({
                        name,
                        isThere,
                        quarantine,
                        record,
                        group,
                        locator,
                        desiredVersion,
                        appliedVersion,
                        joinedMs,
                      }) => (
                        <tr key={name}>
                          <th scope="row">
                            <a href={linkTo("pops", name)}>{name}</a>
                          </th>
                          <td>
                            <Badge state={quarantine === undefined ? (isThere ? "there" : "away") : "set apart"} />
                          </td>
                          <td>{record.site ?? "–"}</td>
                          <td>{group}</td>
                          <td>
                            <code>{locator}</code>
                          </td>
                          <td class="number">{record.segments.length}</td>
                          <td class="number">
                            {appliedVersion} of {desiredVersion}
                          </td>
                          <td class="number">{span(now - joinedMs)} ago</td>
                        </tr>
                      ),
                    )}
                  </tbody>
                </table>
              </div>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
