// The loop of one group. Tellings come in as they come; once an interval `tick` detects, decides, and says which documents
// and statuses are new. All that lasts longer than a process is in `memory`.

import type { Telling } from "../../wire/message.ts";
import type { ChosenPath, PolicySpec, PolicyStatus } from "../../wire/policy.ts";
import type { Applied } from "../../wire/report.ts";
import type { Made } from "../engine/decide/decider.ts";
import { headLine, recordLine } from "../engine/decide/journal.ts";
import { DEFAULTS, type Settings } from "../engine/decide/schema.ts";
import type { SegmentId } from "../engine/matrix.ts";
import { Accusations, type Verdict } from "./accusations.ts";
import { type Choice, type DocumentBody, Documents, pathName } from "./documents.ts";
import { Policies, type PolicyMemory } from "./policies.ts";
import { reasonText } from "./reason.ts";
import { type SegmentChange, Senses } from "./senses.ts";
import { concerns, isWorthTelling, type RefusedAt, type Standing, statusOf } from "./status.ts";
import { Sids, type Wan } from "./wan.ts";
import { waysBack } from "./ways-back.ts";
import { Words } from "./words.ts";

/** What a restarted loop goes on from; plain JSON. */
export type LoopMemory = { readonly policies: readonly PolicyMemory[]; readonly journalled: number };

export type Move = {
  readonly policy: string;
  readonly why: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
};

export type LoopNews = {
  /** Documents that changed, by POP. */
  readonly documents: ReadonlyMap<string, DocumentBody>;
  readonly statuses: readonly PolicyStatus[];
  /** Lines of the decision journal. */
  readonly journal: readonly string[];
  readonly moves: readonly Move[];
  readonly segments: readonly SegmentChange[];
  /** Who has to be in quarantine; nobody else has. */
  readonly quarantine: readonly Verdict[];
};

/** Segments are measured so long before the first choice, unless all POPs have been heard of. */
const WARM_UP_MS = 5_000;

type Parts = {
  readonly wan: Wan;
  readonly senses: Senses;
  readonly policies: Policies;
  readonly documents: Documents;
};

export class GroupLoop {
  readonly group: string;
  readonly #settings: Settings;
  #parts: Parts | undefined;
  #memory: readonly PolicyMemory[];
  #journalled: number;
  #headIsWritten: boolean;
  #beganMs: number | undefined;
  readonly #applied = new Map<string, Applied>();
  readonly #away = new Set<string>();
  readonly #accusations = new Accusations();
  readonly #words = new Words();
  readonly #toldDocuments = new Map<string, string>();
  /** What the told documents were made of. */
  #toldChoices: readonly Choice[] | undefined;
  /** As they are now, and as they were told. */
  readonly #statuses = new Map<string, PolicyStatus>();
  readonly #told = new Map<string, { readonly status: PolicyStatus; readonly atMs: number }>();

  constructor(group: string, { memory, settings = DEFAULTS }: { memory?: LoopMemory; settings?: Settings } = {}) {
    this.group = group;
    this.#settings = settings;
    this.#memory = memory?.policies ?? [];
    this.#journalled = memory?.journalled ?? 0;
    this.#headIsWritten = memory !== undefined;
  }

  /** The whole WAN, whenever POPs or the configuration changed. */
  configure(wan: Wan, nowMs: number): void {
    const old = this.#parts;
    const senses = new Senses(wan, old?.senses);
    const groups = new Map(wan.pops.map(({ record, group }) => [record.name, group]));
    const specs = wan.config.policies.filter(({ from }) => groups.get(from) === this.group);
    const policies = new Policies(senses.ground, specs, this.#known(old, specs), this.#settings);
    const documents = new Documents(wan, senses.ground, new Sids(wan.ledger));
    this.#parts = { wan, senses, policies, documents };
    this.#toldChoices = undefined;
    this.#beganMs ??= nowMs;
    const names = new Set(policies.names);
    for (const known of [this.#statuses, this.#told]) {
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
    }
  }

  /** True where what was told asks for a decision at once. */
  take(pop: string, telling: Telling, nowMs: number): boolean {
    if (telling.kind === "applied") {
      this.#applied.set(pop, telling);
      this.#words.take(telling, nowMs);
    }
    // What one says against another is kept for people; who is set apart follows from rows alone.
    return telling.kind === "measured" && this.#parts?.senses.take(pop, telling, nowMs) === true;
  }

  away(pop: string): void {
    this.#away.add(pop);
  }

  back(pop: string): void {
    this.#away.delete(pop);
  }

  tick(nowMs: number): LoopNews {
    const parts = this.#parts;
    if (parts === undefined)
      return { documents: new Map(), statuses: [], journal: [], moves: [], segments: [], quarantine: [] };
    const { wan, senses, policies } = parts;
    const segments = senses.tick(nowMs);
    const isWarm = senses.heard >= wan.pops.length || nowMs - (this.#beganMs ?? nowMs) >= WARM_UP_MS;
    if (isWarm) policies.find(nowMs);
    const before = new Map(policies.names.map((name) => [name, policies.current(name)]));
    const capacityBps = (id: SegmentId) => senses.ground.segment(id).port.capacityBps;
    const made = policies.decide(nowMs, { segment: senses.facts(wan), capacityBps });
    const moves = made.flatMap((one) => moveOf(parts, one, before.get(one.input.policy)));
    const members = wan.pops.filter(({ group }) => group === this.group).length;
    for (const { accuser, against } of senses.accused(nowMs)) this.#accusations.take(accuser, against, nowMs);
    const quarantine = this.#accusations.verdicts(members, nowMs);
    this.#words.tick(nowMs);
    const documents = this.#newDocuments(parts);
    const statuses = this.#newStatuses(parts, nowMs, made);
    return { documents, statuses, journal: this.#lines(made), moves, segments, quarantine };
  }

  /** As they are now: a status is told when it says something new, and its delays move all the time. */
  statuses(): readonly PolicyStatus[] {
    return [...this.#statuses.values()];
  }

  memory(): LoopMemory {
    return { policies: this.#parts?.policies.memory() ?? this.#memory, journalled: this.#journalled };
  }

  /** What is remembered of policies that ask for the same as before. */
  #known(old: Parts | undefined, specs: readonly PolicySpec[]): readonly PolicyMemory[] {
    if (old === undefined) return this.#memory;
    const asked = new Map(old.wan.config.policies.map((spec) => [spec.name, JSON.stringify(spec)]));
    const same = new Set(specs.flatMap((spec) => (asked.get(spec.name) === JSON.stringify(spec) ? [spec.name] : [])));
    return old.policies.memory().filter(({ name }) => same.has(name));
  }

  #newDocuments({ wan, senses, policies, documents }: Parts): Map<string, DocumentBody> {
    const closed = senses.closed(wan);
    const choices = policies
      .choices((id) => (closed(id) === null ? senses.detector.state(id) : "DOWN"))
      .map((choice): Choice => {
        const word = this.#words.of(choice.spec.name);
        return word === undefined ? choice : { ...choice, word };
      });
    if (this.#toldChoices && isSameChoice(this.#toldChoices, choices)) return new Map();
    this.#toldChoices = choices;
    const back = waysBack(choices, senses.ground);
    const fresh = new Map<string, DocumentBody>();
    for (const pop of wan.pops) {
      if (pop.group !== this.group) continue;
      const body = documents.of(pop, choices, back);
      const text = JSON.stringify(body);
      if (body === undefined || this.#toldDocuments.get(pop.record.name) === text) continue;
      this.#toldDocuments.set(pop.record.name, text);
      fresh.set(pop.record.name, body);
    }
    return fresh;
  }

  #newStatuses(parts: Parts, nowMs: number, made: readonly Made[]): PolicyStatus[] {
    const reasons = new Map(made.map(({ input, decision }) => [input.policy, reasonText(input, decision)]));
    const refused = [...this.#applied].flatMap(([pop, told]) => told.refused.map((one) => ({ ...one, pop })));
    return parts.policies.names.flatMap((name) => {
      const standing = this.#standing(parts, name, reasons.get(name), refused);
      const status = statusOf(standing, this.#statuses.get(name), nowMs);
      this.#statuses.set(name, status);
      const told = this.#told.get(name);
      if (told && !isWorthTelling(told.status, status, nowMs - told.atMs)) return [];
      this.#told.set(name, { status, atMs: nowMs });
      return [status];
    });
  }

  #standing(parts: Parts, name: string, reason: string | undefined, refused: readonly RefusedAt[]): Standing {
    const { senses, policies, documents } = parts;
    const before = this.#statuses.get(name);
    const spec = policies.spec(name);
    const [active, backup, first] = [policies.current(name), policies.backup(name), policies.defaultOf(name)];
    const named = (path: readonly SegmentId[] | undefined) =>
      path && pathName(path.map((id) => senses.ground.segment(id)));
    const chosen = (path: readonly SegmentId[] | undefined, role: ChosenPath["role"]): ChosenPath[] => {
      const made = path && documents.path(spec, path);
      if (path === undefined || made === undefined) return [];
      return [{ segments: made.segments, sids: made.sids, expectedUs: senses.expectedUs(path), role }];
    };
    return {
      name,
      active: named(active),
      backup: named(backup),
      why: active === undefined ? policies.why(name) : reason || before?.decision || "all is well",
      paths: [
        ...chosen(active, "active"),
        ...chosen(backup, "backup"),
        ...(active === first ? [] : chosen(first, "default")),
      ],
      popIsAway: this.#away.has(spec.from),
      applied: this.#applied.get(spec.from),
      measured: senses.measured(spec.from),
      refused: refused.length === 0 ? [] : refused.filter(concerns(spec, sidsOf(documents, spec, [active, backup]))),
    };
  }

  #lines(made: readonly Made[]): string[] {
    if (made.length === 0) return [];
    const head = this.#headIsWritten ? [] : [headLine(this.#settings)];
    this.#headIsWritten = true;
    return [...head, ...made.map((one) => recordLine(++this.#journalled, one))];
  }
}

/** Of both families: each is delivered by a SID of its own. */
function sidsOf(
  documents: Documents,
  spec: PolicySpec,
  paths: readonly (readonly SegmentId[] | undefined)[],
): Set<string> {
  const families = [6, ...(spec.prefixes?.some((prefix) => !prefix.includes(":")) ? [4] : [])] as (4 | 6)[];
  return new Set(
    paths.flatMap((path) => (path ? families.flatMap((family) => documents.path(spec, path, family)?.sids ?? []) : [])),
  );
}

const isSameChoice = (a: readonly Choice[], b: readonly Choice[]): boolean =>
  a.length === b.length &&
  a.every((one, i) => one.active === b[i]?.active && one.backup === b[i]?.backup && one.word === b[i]?.word);

function moveOf(
  { senses, policies }: Parts,
  { input, decision }: Made,
  from: readonly SegmentId[] | undefined,
): Move[] {
  const to = policies.current(input.policy);
  if (from === to || !from || !to) return [];
  const names = (path: readonly SegmentId[]) => path.map((id) => senses.ground.segment(id).name);
  return [{ policy: input.policy, why: reasonText(input, decision), from: names(from), to: names(to) }];
}
