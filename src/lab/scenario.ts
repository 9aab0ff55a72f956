// Reads a scenario of one lab: timed impairments, flows, expectations. timeline.ts puts it in order, verdict.ts judges it.

import { LIMITS } from "../base/limits.ts";
import type { FieldPath } from "../base/misfit.ts";
import { parseDurationUs, parseRate, parseSharePpm } from "../base/units.ts";
import { type Refuse, readAt, readYaml, refuseRepeats, refuseUnknown } from "../base/yaml-file.ts";
import { directionFrom, directions, endText, type ImpairmentChange, type Lab, type LinkEnd } from "./model.ts";
import { type ExpectationEntry, type FlowEntry, type ImpairmentEntry, ScenarioFile } from "./scenario-schema.ts";

/** From `fromUs` on, before `untilUs`, both counted from the scenario's start. */
export type Span = { readonly fromUs: number; readonly untilUs: number };

export type TimedImpairment = Span & {
  /** The interface that packets leave by. */
  readonly end: LinkEnd;
  readonly change: ImpairmentChange;
  /** Both directions lose everything; the interfaces stay up, as when a road is cut in the middle. */
  readonly down: boolean;
};

export type Flow = Span & {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly packetsPerSecond: number;
  readonly payloadOctets: number;
  readonly dscp: number;
};

/** A count of packets, or a share of those sent. */
export type Bound = { readonly packets: number } | { readonly ppm: number };

export type DelayBound = {
  readonly percentile: 50 | 90 | 99;
  readonly lowUs?: number;
  readonly highUs: number;
};

/** What must be true of the packets of a flow that were sent in a span. */
export type Expectation = Span & {
  readonly flow: string;
  readonly lostAtMost?: Bound;
  readonly lostAtLeast?: Bound;
  readonly delays: readonly DelayBound[];
};

export type Scenario = {
  readonly about?: string;
  readonly seed: number;
  readonly durationUs: number;
  readonly impairments: readonly TimedImpairment[];
  readonly flows: readonly Flow[];
  readonly expectations: readonly Expectation[];
};

export function readScenario(text: string, file: string, lab: Lab): Scenario {
  const reference = "docs/reference/schemas/scenario.schema.json";
  const { value, refuse } = readYaml(ScenarioFile, { text, file, code: "LAB_INVALID", reference });
  const durationUs = readAt(refuse, ["duration"], () => parseDurationUs(value.duration));
  const read: Reader = { lab, durationUs, refuse };
  const impairments = (value.impairments ?? []).map((entry, i) => readImpairment(entry, ["impairments", i], read));
  const flows = (value.traffic ?? []).map((entry, i) => readFlow(entry, ["traffic", i], read));
  refuseRepeats(refuse, ["traffic"], flows, (flow) => flow.name, "name");
  const packets = flows.reduce((sum, flow) => sum + flow.packetsPerSecond * ((flow.untilUs - flow.fromUs) / 1e6), 0);
  if (packets > LIMITS.scenarioPacketsMax) {
    const what = `sends ${Math.round(packets)} packets, more than ${LIMITS.scenarioPacketsMax}`;
    throw refuse(["traffic"], what, "Send fewer a second, or for a shorter time.");
  }
  const expectations = (value.expect ?? []).map((entry, i) => readExpectation(entry, ["expect", i], flows, refuse));
  return {
    ...(value.about === undefined ? {} : { about: value.about }),
    seed: value.seed,
    durationUs,
    impairments,
    flows,
    expectations,
  };
}

type Reader = { readonly lab: Lab; readonly durationUs: number; readonly refuse: Refuse };

function readSpan(entry: { at?: string; for?: string }, path: FieldPath, { durationUs, refuse }: Reader): Span {
  const us = (field: "at" | "for"): number | undefined => {
    const text = entry[field];
    return text === undefined ? undefined : readAt(refuse, [...path, field], () => parseDurationUs(text));
  };
  const fromUs = us("at") ?? 0;
  const lastsUs = us("for");
  const untilUs = lastsUs === undefined ? durationUs : fromUs + lastsUs;
  const over = "The scenario is over then: give it a longer duration, or begin sooner.";
  if (fromUs >= durationUs) throw refuse([...path, "at"], `= ${entry.at}`, over);
  if (lastsUs === 0) throw refuse([...path, "for"], `= ${entry.for} is no time`, "Give it 1us or more.");
  if (untilUs > durationUs) throw refuse([...path, "for"], `= ${entry.for}`, over);
  return { fromUs, untilUs };
}

function readImpairment(entry: ImpairmentEntry, path: FieldPath, read: Reader): TimedImpairment {
  const { lab, refuse } = read;
  const direction = directionFrom(lab, entry.link);
  if (direction === undefined) {
    const known = directions(lab).map(({ from }) => endText(from));
    const what = { what: "link end", known, remedy: "Write it as node:interface." };
    throw refuseUnknown(refuse, [...path, "link"], entry.link, { ...what, of: `lab ${lab.name}` });
  }
  const field = <T>(name: "delay" | "jitter" | "loss" | "rate", parse: (text: string) => T): T | undefined => {
    const text = entry[name];
    return text === undefined ? undefined : readAt(refuse, [...path, name], () => parse(text));
  };
  const [delayUs, jitterUs] = [field("delay", parseDurationUs), field("jitter", parseDurationUs)];
  const [lossPpm, rateBps] = [field("loss", parseSharePpm), field("rate", parseRate)];
  const change: ImpairmentChange = {
    ...(delayUs === undefined ? {} : { delayUs }),
    ...(jitterUs === undefined ? {} : { jitterUs }),
    ...(lossPpm === undefined ? {} : { lossPpm }),
    ...(rateBps === undefined ? {} : { rateBps }),
  };
  if (Object.keys(change).length === 0 && entry.down !== true) {
    throw refuse(path, "changes nothing", "Give delay, jitter, loss, rate or down: true.");
  }
  return { ...readSpan(entry, path, read), end: direction.from, change, down: entry.down === true };
}

function readFlow(entry: FlowEntry, path: FieldPath, read: Reader): Flow {
  const { lab, refuse } = read;
  for (const side of ["from", "to"] as const) {
    const node = lab.nodes.find((candidate) => candidate.name === entry[side]);
    if (node === undefined) {
      const known = lab.nodes.map((candidate) => candidate.name);
      const what = { what: "node", known, remedy: "Name a node of the lab.", of: `lab ${lab.name}` };
      throw refuseUnknown(refuse, [...path, side], entry[side], what);
    }
  }
  if (entry.from === entry.to) throw refuse([...path, "to"], `= ${entry.to} is its sender`, "Name another node.");
  return {
    ...readSpan(entry, path, read),
    name: entry.name,
    from: entry.from,
    to: entry.to,
    packetsPerSecond: entry.pps,
    payloadOctets: entry.size ?? 200,
    dscp: entry.dscp ?? 0,
  };
}

function readExpectation(
  entry: ExpectationEntry,
  path: FieldPath,
  flows: readonly Flow[],
  refuse: Refuse,
): Expectation {
  const flow = flows.find((candidate) => candidate.name === entry.flow);
  if (flow === undefined) {
    const known = flows.map((candidate) => candidate.name);
    throw refuseUnknown(refuse, [...path, "flow"], entry.flow, { what: "flow", known, remedy: "Add it to traffic." });
  }
  const time = (field: "from" | "until"): number | undefined => {
    const text = entry[field];
    return text === undefined ? undefined : readAt(refuse, [...path, field], () => parseDurationUs(text));
  };
  const fromUs = time("from") ?? flow.fromUs;
  const untilUs = time("until") ?? flow.untilUs;
  if (fromUs < flow.fromUs || untilUs > flow.untilUs || fromUs >= untilUs) {
    throw refuse(path, `looks where flow ${flow.name} does not send`, "Keep from and until inside the flow's time.");
  }
  const bound = (field: "atMost" | "atLeast"): Bound | undefined => {
    const given = entry.lost?.[field];
    if (given === undefined || typeof given === "number") return given === undefined ? given : { packets: given };
    return { ppm: readAt(refuse, [...path, "lost", field], () => parseSharePpm(given)) };
  };
  const delays = ([50, 90, 99] as const).flatMap((percentile): DelayBound[] => {
    const given = entry[`p${percentile}`];
    if (given === undefined) return [];
    const at: FieldPath = [...path, `p${percentile}`];
    const us = (field: "is" | "within" | "atMost"): number | undefined => {
      const text = given[field];
      return text === undefined ? undefined : readAt(refuse, [...at, field], () => parseDurationUs(text));
    };
    const [is, within, atMost] = [us("is"), us("within"), us("atMost")];
    if ((is === undefined) !== (within === undefined) || (is === undefined) === (atMost === undefined)) {
      throw refuse(at, "says too little or too much", "Give is: and within:, or atMost: alone.");
    }
    if (is === undefined || within === undefined) return [{ percentile, highUs: atMost ?? 0 }];
    return [{ percentile, lowUs: is - within, highUs: is + within }];
  });
  const [lostAtMost, lostAtLeast] = [bound("atMost"), bound("atLeast")];
  if (entry.lost === undefined && delays.length === 0) {
    throw refuse(path, "expects nothing", "Give lost, p50, p90 or p99.");
  }
  return {
    flow: entry.flow,
    fromUs,
    untilUs,
    ...(lostAtMost === undefined ? {} : { lostAtMost }),
    ...(lostAtLeast === undefined ? {} : { lostAtLeast }),
    delays,
  };
}
