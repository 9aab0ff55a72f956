// The Grafana dashboards in deploy/grafana, made from short lists of panels. `make docs` writes them; a house test holds
// them to this file, and every metric in them to the reference.

type Panel = {
  readonly title: string;
  readonly about?: string;
  readonly unit?: "s" | "bytes" | "Bps" | "percentunit" | "short" | "dateTimeFromNow";
  readonly kind?: "stat" | "table";
  /** Of 24 columns. */
  readonly width: 4 | 6 | 8 | 12 | 24;
  /** Expression and legend. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
};

const WAN: readonly Panel[] = [
  {
    title: "What is not well",
    about: "Each has a runbook of its name (above: Runbooks); `srwan conditions` names the subjects.",
    kind: "table",
    width: 12,
    queries: [["max by (condition) (srwan_conditions) > 0", "{{condition}}"]],
  },
  { title: "POPs", kind: "stat", width: 6, queries: [["max by (state) (srwan_pops)", "{{state}}"]] },
  { title: "Policies", kind: "stat", width: 6, queries: [["max by (state) (srwan_policies)", "{{state}}"]] },
  {
    title: "Conditions over time",
    width: 12,
    queries: [["max by (condition) (srwan_conditions) > 0", "{{condition}}"]],
  },
  {
    title: "Policies over time",
    width: 12,
    queries: [["max by (state) (srwan_policies)", "{{state}}"]],
  },
  {
    title: "Time that a decision takes",
    unit: "s",
    width: 8,
    queries: [
      ["histogram_quantile(0.5, sum by (le) (rate(srwan_decision_seconds_bucket[5m])))", "half"],
      ["histogram_quantile(0.99, sum by (le) (rate(srwan_decision_seconds_bucket[5m])))", "99 of 100"],
    ],
  },
  {
    title: "Age of what it is made of",
    unit: "s",
    width: 8,
    queries: [["histogram_quantile(0.99, sum by (le) (rate(srwan_decision_behind_seconds_bucket[5m])))", "99 of 100"]],
  },
  {
    title: "Measured segments a second",
    width: 8,
    queries: [
      ["sum by (instance) (rate(srwan_cells_total[5m]))", "{{instance}}"],
      ["sum by (instance) (rate(srwan_cells_foreign_total[5m]))", "{{instance}} foreign"],
    ],
  },
  {
    title: "Agents and groups of each service",
    width: 8,
    queries: [
      ["srwan_agents", "{{instance}} agents"],
      ["srwan_groups_decided", "{{instance}} groups"],
      ["srwan_live_readers", "{{instance}} readers"],
    ],
  },
  {
    title: "Requests a second, by status",
    width: 8,
    queries: [["sum by (status) (rate(srwan_api_requests_total[5m]))", "{{status}}"]],
  },
  {
    title: "Tellings that wait, and memory",
    unit: "bytes",
    width: 8,
    queries: [
      ["srwan_ingest_waiting_bytes", "{{instance}} waiting"],
      ["srwan_memory_resident_bytes", "{{instance}} memory"],
    ],
  },
];

const POP: readonly Panel[] = [
  {
    title: "Connected",
    kind: "stat",
    width: 4,
    queries: [['srwan_agent_service_connected{pop="$pop"}', "connected"]],
  },
  { title: "Version", kind: "stat", width: 4, queries: [['srwan_agent_desired_version{pop="$pop"}', "version"]] },
  {
    title: "Objects",
    kind: "stat",
    width: 8,
    queries: [
      ['srwan_agent_objects_in_place{pop="$pop"}', "in place"],
      ['srwan_agent_objects_refused{pop="$pop"}', "refused"],
    ],
  },
  {
    title: "Certificate ends",
    kind: "stat",
    unit: "dateTimeFromNow",
    width: 8,
    queries: [['srwan_agent_certificate_ends_timestamp_seconds{pop="$pop"} * 1000', "ends"]],
  },
  {
    title: "Delay of segments",
    about: "Estimate of the true one-way delay.",
    unit: "s",
    width: 12,
    queries: [['srwan_agent_segment_delay_seconds{pop="$pop"}', "{{segment}}"]],
  },
  {
    title: "Loss of segments",
    unit: "percentunit",
    width: 12,
    queries: [['srwan_agent_segment_loss_ratio{pop="$pop"}', "{{segment}}"]],
  },
  {
    title: "Segments that answer",
    width: 12,
    queries: [['srwan_agent_segment_up{pop="$pop"}', "{{segment}}"]],
  },
  {
    title: "Which path carries",
    width: 12,
    queries: [['srwan_agent_path_carrying{pop="$pop"}', "{{policy}} over {{path}}"]],
  },
  {
    title: "Delay over SID lists",
    about: "As probes see it, clocks of both ends and all: only changes mean anything.",
    unit: "s",
    width: 12,
    queries: [['srwan_agent_path_delay_seconds{pop="$pop"}', "{{policy}} over {{path}}"]],
  },
  {
    title: "Traffic of policies",
    unit: "Bps",
    width: 12,
    queries: [['rate(srwan_agent_counted_bytes_total{pop="$pop",what="policy"}[1m])', "{{name}}"]],
  },
  {
    title: "Traffic relayed, by SID",
    unit: "Bps",
    width: 12,
    queries: [['rate(srwan_agent_counted_bytes_total{pop="$pop",what="sid"}[1m])', "{{name}}"]],
  },
  {
    title: "Events in five minutes",
    width: 12,
    queries: [['increase(srwan_agent_events_total{pop="$pop"}[5m])', "{{type}}"]],
  },
  {
    title: "Packets refused at the edge",
    about: "From outside the domain, by what they are; the kinds are those of srwan doctor edge.",
    width: 12,
    queries: [['rate(srwan_agent_edge_refused_packets_total{pop="$pop"}[1m])', "{{kind}}"]],
  },
];

const HEIGHT = 8;
const STAT_HEIGHT = 4;

/** Each by its path. */
export const dashboards = (): ReadonlyMap<string, string> =>
  new Map([
    ["deploy/grafana/wan.json", written("srwan-wan", "srwan: the WAN", WAN, [])],
    ["deploy/grafana/pop.json", written("srwan-pop", "srwan: a POP", POP, ["pop"])],
  ]);

function written(uid: string, title: string, panels: readonly Panel[], variables: readonly string[]): string {
  const board = {
    uid,
    title,
    tags: ["srwan"],
    schemaVersion: 39,
    editable: true,
    refresh: "15s",
    time: { from: "now-3h", to: "now" },
    links: [{ title: "Runbooks", type: "link", icon: "doc", url: `\${docs}runbooks/README.md`, targetBlank: true }],
    templating: {
      list: [
        // Where docs/ is published: change it once, and save.
        { name: "docs", label: "Docs", type: "textbox", query: "https://docs.example.net/srwan/" },
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" },
        ...variables.map((name) => ({
          name,
          type: "query",
          datasource: SOURCE,
          query: `label_values(srwan_agent_desired_version, ${name})`,
          refresh: 2,
        })),
      ],
    },
    panels: placed(panels),
  };
  return `${JSON.stringify(board, null, 2)}\n`;
}

const SOURCE = { type: "prometheus", uid: "$" + "{datasource}" };

function placed(panels: readonly Panel[]): object[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map((panel, i) => {
    const h = panel.kind === "stat" ? STAT_HEIGHT : HEIGHT;
    if (x + panel.width > 24) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w: panel.width, h };
    x += panel.width;
    rowHeight = Math.max(rowHeight, h);
    return panelOf(panel, i + 1, gridPos);
  });
}

const panelOf = ({ title, about, unit = "short", kind, queries }: Panel, id: number, gridPos: object): object => ({
  id,
  type: kind ?? "timeseries",
  title,
  ...(about === undefined ? {} : { description: about }),
  datasource: SOURCE,
  gridPos,
  fieldConfig: { defaults: { unit, ...(kind === undefined ? { custom: { fillOpacity: 8 } } : {}) }, overrides: [] },
  targets: queries.map(([expr, legendFormat], at) => ({
    refId: String.fromCharCode(65 + at),
    expr,
    legendFormat,
    ...(kind === "table" ? { instant: true, format: "table" } : {}),
  })),
});
