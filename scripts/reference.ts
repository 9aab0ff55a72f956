// The reference pages, made from the code: verbs, errors, exit codes, settings, limits, metric rules, schemas. A house
// test holds the pages in docs/reference to what this makes.

import { readFileSync } from "node:fs";
import { choices, envName, flagName, leaves } from "../src/base/config.ts";
import { ERRORS, EXIT_CODES } from "../src/base/errors.ts";
import { LIMITS } from "../src/base/limits.ts";
import { NOT_BASE } from "../src/base/metrics.ts";
import { ROLES } from "../src/base/roles.ts";
import { GLOBAL_FLAGS } from "../src/cli/complete.ts";
import { argumentText, flagText, usage } from "../src/cli/pages.ts";
import type { Verb } from "../src/cli/verb.ts";
import { VERBS } from "../src/cli/verbs/index.ts";
import { DoctorReport } from "../src/doctor/report.ts";
import { ScenarioFile } from "../src/lab/scenario-schema.ts";
import { DevicesFile } from "../src/netconf/devices-schema.ts";
import { JournalLine as TransactionLine } from "../src/netconf/transaction/record.ts";
import { AGENT_METRICS } from "../src/pop-agent/metrics.ts";
import { HeldMatrix } from "../src/pulse/group/held.ts";
import { GroupFile } from "../src/pulse/group/schema.ts";
import { DeploymentFile } from "../src/settlement/chain/deployment.ts";
import { VALIDATOR_METRICS } from "../src/settlement/service/figures.ts";
import { DesiredFile } from "../src/srv6/desired-schema.ts";
import { LedgerFile } from "../src/srv6/locator-plan.ts";
import { JournalLine } from "../src/topology/engine/decide/journal.ts";
import { MatrixFile } from "../src/topology/engine/matrix-schema.ts";
import { CoverageFile } from "../src/topology/engine/reach/plan-file.ts";
import { TraceLine } from "../src/topology/engine/sim/trace.ts";
import { HEALTH_METRICS } from "../src/topology/service/health-measures.ts";
import { SERVICE_METRICS } from "../src/topology/service/measures.ts";
import { IntentFile } from "../src/wire/intent.ts";
import { SealedOutcome } from "../src/wire/outcome.ts";
import { ANSWERS, answerFile } from "./answers.ts";
import { devicesParts } from "./devices-page.ts";
import { apiParts, messageParts, metricRows, openApi } from "./reference-service.ts";
import { type SchemaNode, sections } from "./schema-page.ts";

/** Files of docs/reference that people write, or a test of the kernel; tests run or read what they show. */
export const NOT_FROM_CODE: readonly string[] = [
  "README.md",
  "srv6-library.md",
  "netconf-library.md",
  "desired-example.yaml",
  "kernel-matrix.md",
  "gas.md",
].map((name) => `docs/reference/${name}`);

const MADE = "<!-- Made from the code by `make docs`; edit the code, not this page. -->";

export const verbPath = (verb: Verb): string => `docs/reference/cli/${verb.name.replaceAll(" ", "-")}.md`;

/** Every generated page by its path. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const verbs = VERBS.filter((verb) => !verb.hidden);
  return new Map([
    ["docs/reference/cli/README.md", index(verbs)],
    ...verbs.map((verb) => [verbPath(verb), verbPage(verb)] as const),
    ["docs/reference/errors.md", errorsPage()],
    ["docs/reference/configuration.md", configPage()],
    ["docs/reference/limits.md", limitsPage()],
    ["docs/reference/metrics.md", metricsPage()],
    ["docs/reference/desired-file.md", desiredPage()],
    ["docs/reference/api.md", page("API of the topology service", ...apiParts({ rows, code }))],
    ["docs/reference/messages.md", page("Messages between agents and the service", ...messageParts({ rows, code }))],
    ["docs/reference/schemas/openapi.json", await openApi()],
    ["docs/reference/devices.md", page("Families of routers", ...devicesParts(rows))],
    ["docs/reference/devices-file.md", devicesPage()],
    ...Object.entries({
      doctor: DoctorReport,
      desired: DesiredFile,
      ledger: LedgerFile,
      matrix: MatrixFile,
      trace: TraceLine,
      journal: JournalLine,
      coverage: CoverageFile,
      scenario: ScenarioFile,
      intents: IntentFile,
      group: GroupFile,
      "group-matrix": HeldMatrix,
      devices: DevicesFile,
      transaction: TransactionLine,
      outcome: SealedOutcome,
      deployment: DeploymentFile,
      ...Object.fromEntries(
        Object.entries(ANSWERS).map(([verb, schema]) => [answerFile(verb).replace(".schema.json", ""), schema]),
      ),
    }).map(
      ([name, schema]) =>
        [`docs/reference/schemas/${name}.schema.json`, `${JSON.stringify(published(schema), null, 2)}\n`] as const,
    ),
  ]);
}

const page = (title: string, ...parts: readonly string[]): string => `# ${title}\n\n${MADE}\n\n${parts.join("\n\n")}\n`;

const rows = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");

const escapeCell = (cell: string): string => cell.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text: string): string => `\`${text}\``;

function index(verbs: readonly Verb[]): string {
  const lines = verbs.map((verb) => [`[srwan ${verb.name}](${verb.name.replaceAll(" ", "-")}.md)`, verb.summary]);
  return page("Command line", rows(["verb", "what it does"], lines), "Flags of every verb:", flagRows(GLOBAL_FLAGS));
}

const flagRows = (flags: readonly (typeof GLOBAL_FLAGS)[number][]): string =>
  rows(
    ["flag", "meaning"],
    flags.map((flag) => [code(flagText(flag)), flag.about]),
  );

function verbPage(verb: Verb): string {
  const args = (verb.arguments ?? []).map((argument) => [code(argumentText(argument)), argument.about]);
  return page(
    `srwan ${verb.name}`,
    `${verb.summary[0]?.toUpperCase()}${verb.summary.slice(1)}.`,
    `\`\`\`\n${usage(verb)}\n\`\`\``,
    verb.about,
    ...(args.length ? ["## Arguments", rows(["argument", "meaning"], args)] : []),
    ...(verb.flags?.length ? ["## Flags", flagRows(verb.flags)] : []),
    "The [flags of every verb](README.md) are taken too." +
      (verb.formats ? ` Formats of its own for \`-o\`: ${verb.formats.map(code).join(", ")}.` : ""),
    ...(verb.name in ANSWERS
      ? [`With \`-o json\` it answers after [this schema](../schemas/${answerFile(verb.name)}).`]
      : []),
    "## Examples",
    ...verb.examples.map((example) => `${sentence(example.about)}\n\n\`\`\`sh\n${example.command}\n\`\`\``),
  );
}

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}:`;

function errorsPage(): string {
  const codes = Object.entries(ERRORS).map(([name, { exit, retryable, about }]) => [
    code(name),
    `${EXIT_CODES[exit].code} (${exit})`,
    retryable ? "yes" : "no",
    about,
  ]);
  const exits = Object.entries(EXIT_CODES).map(([name, { code: number, about }]) => [String(number), name, about]);
  return page(
    "Errors and exit codes",
    "Each error has a code, a message for this case, and a remedy. With `-o json` it is one object on stderr.",
    "## Exit codes",
    rows(["exit", "name", "meaning"], exits),
    "## Error codes",
    rows(["code", "exit", "retry may help", "meaning"], codes),
  );
}

function configPage(): string {
  const parts = ROLES.flatMap((role) => [
    `## Role \`${role.name}\``,
    role.about,
    rows(
      ["key", "default", "values", "variable", "meaning"],
      leaves(role.schema).map(({ key, schema }) => [
        code(key),
        schema.default === undefined ? "none" : code(String(schema.default)),
        choices(schema).map(code).join(" ") || String(schema.type ?? ""),
        code(envName(key)),
        `${schema.description ?? ""}${schema.secret === true ? " A secret." : ""}`,
      ]),
    ),
  ]);
  return page(
    "Configuration",
    "A flag beats a variable, a variable beats a credential, a credential beats the file, the file beats the default. The file is YAML: `--config FILE` or " +
      "`SRWAN_CONFIG`, else `~/.config/srwan/ROLE.yaml`, else `/etc/srwan/ROLE.yaml`. " +
      "`srwan config show --origin` prints what is in force and where it comes from. An unknown key, in the file or as " +
      "a `SRWAN_*` variable, is an error.",
    "A secret (below) may come from a credential of systemd: `LoadCredential=controller.store:/etc/srwan/store.url` in the " +
      "unit, the name being role and key ([how](../how-to/keep-secrets.md)). From a file that other users of the machine may " +
      "read it is refused.",
    `In a process that takes its settings as flags, ${code("log.level")} is ${code(flagName("log.level"))}.`,
    ...parts,
  );
}

function limitsPage(): string {
  const entries = Object.entries(LIMITS).map(([name, value]) => [code(name), value.toLocaleString("en-US")]);
  return page(
    "Limits",
    "What the system can be made to hold or wait for; the unit is in the name.",
    rows(["limit", "value"], entries),
  );
}

function metricsPage(): string {
  const units = Object.entries(NOT_BASE).map(([wrong, right]) => [code(wrong), code(right)]);
  return page(
    "Metrics",
    "Every metric begins with `srwan_` and keeps the naming practices of Prometheus; a name against them is refused when " +
      "it is declared.",
    "## Of the topology service",
    "At `/metrics`, with a viewer's token or where `api.metricsOpen` is set.",
    metricRows({ ...SERVICE_METRICS, ...HEALTH_METRICS }, { rows, code }),
    "`state` of a policy is one of those that `srwan policy list` shows; `condition` is one of those that " +
      "`srwan conditions` names, each with a [runbook](../runbooks/README.md).",
    "## Of an agent",
    "At `/metrics` on `metrics.port` of 127.0.0.1, where that is set; to everybody on that machine.",
    metricRows(AGENT_METRICS, { rows, code }),
    "## Of a validator",
    "At `/metrics` on `metrics.port` of 127.0.0.1, where that is set; to everybody on that machine.",
    metricRows(VALIDATOR_METRICS, { rows, code }),
    "## Rules",
    "- lower-case words joined by `_`; labels are lower-case words\n- a counter ends in `_total`, nothing else does\n" +
      "- no name ends in `_count`, `_sum` or `_bucket`: those are a histogram's own series\n- base units only:",
    rows(["not", "but"], units),
  );
}

/** A table for each object of a file format. */
const tablesOf = (schema: object): string[] =>
  sections(published(schema) as SchemaNode).flatMap(({ place, fields }) => [
    `## ${place === "" ? "The file" : place.split(", ").map(code).join(" and ")}`,
    rows(
      ["field", "values", "meaning"],
      fields.map(({ name, required, values, about }) => [
        `${code(name)}${required ? " (required)" : ""}`,
        values,
        about,
      ]),
    ),
  ]);

function desiredPage(): string {
  return page(
    "The desired file",
    "What one machine is to hold, for `srwan route plan|apply|watch`: YAML or JSON of one schema, " +
      "[desired.schema.json](schemas/desired.schema.json). Every field that is not marked required may be left out; what " +
      "stands in brackets at the end of a meaning is then taken. A field nobody knows is an error. Errors name the line " +
      "and the field. Put an address that ends in `::` in quotes: YAML takes its last colon for something else.",
    ...tablesOf(DesiredFile),
    "## An example with every field",
    `\`\`\`yaml\n${readFileSync("docs/reference/desired-example.yaml", "utf8").trimEnd()}\n\`\`\``,
  );
}

function devicesPage(): string {
  return page(
    "The devices file",
    "Routers by name, for `srwan netconf`: YAML or JSON of one schema, [devices.schema.json](schemas/devices.schema.json), " +
      "in `~/.config/srwan/devices.yaml`, `/etc/srwan/devices.yaml`, or wherever `--devices` says. What stands in brackets " +
      "is taken where a field is left out. A host key is always checked; there is no field to turn that off.",
    ...tablesOf(DevicesFile),
  );
}

/** A schema as other programs read it: plain JSON Schema, without the marks TypeBox keeps for itself. */
const published = (schema: object): unknown => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...JSON.parse(JSON.stringify(schema)),
});
