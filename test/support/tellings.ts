// Tellings as an agent makes them, for tests of the store and the service.

import type { Telling } from "../../src/wire/message.ts";
import type { Measured, SegmentReport } from "../../src/wire/report.ts";

export const cell = (segment: string, p50Us: number | null = 70_000): SegmentReport => ({
  segment,
  sampleUs: p50Us ?? "lost",
  p5Us: p50Us,
  p50Us,
  p95Us: p50Us,
  delayUs: p50Us,
  lowUs: p50Us,
  highUs: p50Us,
  roundTripUs: p50Us === null ? null : p50Us * 2,
  errorUs: 100,
  jitterUs: 5,
  lossPpm: p50Us === null ? 1_000_000 : 0,
  reorderedPpm: 0,
  duplicatedPpm: 0,
  ageMs: 10,
  samples: 30,
});

export const measured = (number: number, segments: readonly string[], atMs = Date.now()): Measured => ({
  kind: "measured",
  number,
  atMs,
  intervalMs: 1_000,
  cells: segments.map((segment) => cell(segment)),
  paths: [],
});

export const event = (number: number, subject = "sea/alder>fra"): Telling => ({
  kind: "event",
  number,
  atMs: Date.now(),
  type: "segment-down",
  subject,
  text: "silent for 300 ms",
  data: {},
});

export const counted = (number: number, octets: bigint, epoch = 1, atMs = Date.now()): Telling => ({
  kind: "counters",
  number,
  atMs,
  bootMs: 1_700_000_000_000,
  counters: [{ what: "peer", name: "fra", epoch, packets: String(octets / 100n), octets: String(octets), gapMs: 0 }],
});
