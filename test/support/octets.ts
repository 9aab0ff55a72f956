// Octets for tests: written as hex, and spoilt in the ways that files and packets are spoilt.

import fc from "fast-check";

/** "2902 0400" as octets. */
export const octetsOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s+/g, ""), "hex"));

export const hexOf = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

const octet = fc.integer({ min: 0, max: 255 });

type Change = (octets: readonly number[]) => readonly number[];

const changeOf = (...kinds: readonly ("set" | "cut" | "drop" | "insert" | "swell")[]): fc.Arbitrary<Change> =>
  fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(), octet }).map(({ kind, at, octet }) => (octets) => {
    const i = octets.length === 0 ? 0 : at % octets.length;
    if (kind === "set") return octets.with(i, octet);
    if (kind === "cut") return octets.slice(0, i);
    if (kind === "drop") return octets.toSpliced(i, 1);
    if (kind === "insert") return octets.toSpliced(i, 0, octet);
    return [...octets, ...octets.slice(i)];
  });

/** Lengths that no longer add up break a file at once: half of the time only values change. */
const changes = fc.oneof(
  fc.array(changeOf("set"), { minLength: 1, maxLength: 3 }),
  fc.array(changeOf("set", "cut", "drop", "insert", "swell"), { minLength: 1, maxLength: 6 }),
);

/** What was right once, spoilt in one to six places. */
export const spoilt = (right: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(right, changes)
    .map(([octets, changes]) =>
      Uint8Array.from(changes.reduce<readonly number[]>((now, one) => (now.length ? one(now) : now), [...octets])),
    );
