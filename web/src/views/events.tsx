// Everything that happened, the newest first, as it comes in.

import { get } from "../base/api.ts";
import { useQuery } from "../base/query.ts";
import { useField } from "../base/route.ts";
import type { EventView, Page as Items } from "../base/types.ts";
import { usePops } from "../base/wan.ts";
import { Card, Page } from "../parts/page.tsx";
import { Loaded } from "../parts/states.tsx";
import { Story } from "../parts/story.tsx";

const SHOWN = 300;
const TYPES = [
  "policy-moved",
  "policy-state",
  "segment-is-DEGRADED",
  "segment-is-DOWN",
  "segment-is-UP",
  "failed-over",
  "drift-repaired",
  "quarantined",
  "commit-returned",
  "clock-stepped",
  "refused",
  "counter-gap",
];

export function EventsPage() {
  const pops = usePops();
  const [pop, setPop] = useField("pop", "");
  const [type, setType] = useField("type", "");
  const query = `newest=true&limit=${SHOWN}${pop === "" ? "" : `&pop=${encodeURIComponent(pop)}`}${type === "" ? "" : `&type=${encodeURIComponent(type)}`}`;
  const events = useQuery(`events ${query}`, (signal) => get<Items<EventView>>(`/api/v1/events?${query}`, signal), {
    on: ["event"],
    atMostEveryMs: 500,
  });
  return (
    <Page
      title="Events"
      about={`The newest ${SHOWN}.`}
      source={{ cli: "srwan events", api: ["GET /api/v1/events", "GET /api/v1/live"] }}
      aside={
        <div class="controls">
          <label>
            POP
            <select value={pop} onChange={({ currentTarget: { value } }) => setPop(value === "" ? undefined : value)}>
              <option value="">all</option>
              {pops.data?.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <label>
            Type
            <select value={type} onChange={({ currentTarget: { value } }) => setType(value === "" ? undefined : value)}>
              <option value="">all</option>
              {TYPES.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
        </div>
      }
    >
      <Card>
        <Loaded of={events}>{({ items }) => <Story events={items} most={SHOWN} whole />}</Loaded>
      </Card>
    </Page>
  );
}
