// A decoded packet for people, and the same as a document. Of each SID list: which segment was visited, which is active,
// which are to come.

import { formatIpv4, formatIpv6, type Ipv6 } from "./address.ts";
import type { Layer } from "./packet.ts";
import type { Sid } from "./sid.ts";
import { activeSegment, type Srh, type Tlv } from "./srh.ts";

export type SegmentState = "visited" | "active" | "to come";

/** In path order. A reduced list that is still at its first segment has no active one: only the destination says it. */
export function segmentStates({ segments, segmentsLeft }: Srh): { readonly sid: Sid; readonly state: SegmentState }[] {
  const active = segments.length - 1 - segmentsLeft;
  return segments.map((sid, i) => ({ sid, state: i < active ? "visited" : i === active ? "active" : "to come" }));
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  0: "hop-by-hop options",
  1: "ICMP",
  4: "IPv4",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  43: "routing header",
  44: "fragment",
  47: "GRE",
  50: "ESP",
  58: "ICMPv6",
  59: "nothing",
  60: "destination options",
  132: "SCTP",
  143: "Ethernet",
};

const protocolName = (protocol: number): string => PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`;
const octetCount = (count: number): string => `${count} octet${count === 1 ? "" : "s"}`;
const hex = (octets: Uint8Array): string => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");

const LABEL = 10;
const WIDTH = 78;

/** One line a header and more below it where it has more to say, none wider than a terminal. */
export function packetText(layers: readonly Layer[]): string[] {
  return layers.flatMap((layer, i) => {
    const [label, ...lines] = layerText(layer, layers[i - 1]);
    return lines.map((line, n) => `${(n === 0 ? label : "").padEnd(LABEL - 2)}  ${line}`);
  });
}

function layerText(layer: Layer, outer: Layer | undefined): readonly [string, ...string[]] {
  switch (layer.kind) {
    case "ethernet":
      return ["Ethernet", `${layer.source} → ${layer.destination}`];
    case "ipv6": {
      const marks = [
        `hop limit ${layer.hopLimit}`,
        ...(layer.trafficClass === 0 ? [] : [`traffic class 0x${layer.trafficClass.toString(16).padStart(2, "0")}`]),
        ...(layer.flowLabel === 0 ? [] : [`flow label 0x${layer.flowLabel.toString(16).padStart(5, "0")}`]),
        octetCount(layer.payloadOctets),
      ];
      return ["IPv6", ...fromTo(formatIpv6(layer.source), formatIpv6(layer.destination)), marks.join(", ")];
    }
    case "ipv4": {
      const marks = [
        `TTL ${layer.ttl}`,
        ...(layer.dscp === 0 ? [] : [`DSCP ${layer.dscp}`]),
        octetCount(layer.totalOctets),
      ];
      return ["IPv4", `${formatIpv4(layer.source)} → ${formatIpv4(layer.destination)}`, marks.join(", ")];
    }
    case "srh":
      return ["SRH", ...srhText(layer.srh, outer?.kind === "ipv6" ? outer.destination : undefined)];
    case "payload":
      return [protocolName(layer.protocol), octetCount(layer.octets.length)];
  }
}

const fromTo = (from: string, to: string): string[] =>
  LABEL + from.length + to.length + 3 <= WIDTH ? [`${from} → ${to}`] : [`${from} →`, `  ${to}`];

function srhText(srh: Srh, destination: Ipv6 | undefined): string[] {
  const states = segmentStates(srh);
  const wide = Math.max(...states.map(({ sid }) => formatIpv6(sid).length));
  const count = `${states.length} segment${states.length === 1 ? "" : "s"}`;
  const head = [
    `${count}, ${srh.segmentsLeft} left`,
    ...(srh.flags === 0 ? [] : [`flags 0x${srh.flags.toString(16).padStart(2, "0")}`]),
    ...(srh.tag === 0 ? [] : [`tag ${srh.tag}`]),
  ];
  const first = activeSegment(srh) === undefined ? ["  first, and active: the destination, left out of the list"] : [];
  return [
    head.join(", "),
    ...first,
    ...states.map(({ sid, state }) => `  ${formatIpv6(sid).padEnd(wide)}  ${state}`),
    // A NEXT-CSID carrier is used up in the destination address and stands in the list as it was (RFC 9800 §4.1).
    ...(first.length === 0 && destination !== undefined && destination !== activeSegment(srh)
      ? [`  the destination has ${formatIpv6(destination)} of it left`]
      : []),
    ...srh.tlvs.map(tlvText),
  ];
}

function tlvText(tlv: Tlv): string {
  switch (tlv.kind) {
    case "pad1":
      return "padding of 1 octet";
    case "padN":
      return `padding of ${octetCount(tlv.octets + 2)}`;
    case "hmac":
      return `HMAC key ${tlv.keyId}, digest of ${octetCount(tlv.digest.length)}${tlv.bareDestination ? ", destination not covered" : ""}`;
    case "other":
      return `TLV type ${tlv.type} of ${octetCount(tlv.value.length)}`;
  }
}

/** Everything that was read, with octets as hex. */
export const packetDocument = (layers: readonly Layer[]): Record<string, unknown>[] => layers.map(layerDocument);

function layerDocument(layer: Layer): Record<string, unknown> {
  switch (layer.kind) {
    case "ethernet":
      return { layer: layer.kind, ...omitKind(layer), etherType: `0x${layer.etherType.toString(16).padStart(4, "0")}` };
    case "ipv6":
      return {
        layer: layer.kind,
        ...omitKind(layer),
        source: formatIpv6(layer.source),
        destination: formatIpv6(layer.destination),
      };
    case "ipv4":
      return {
        layer: layer.kind,
        ...omitKind(layer),
        source: formatIpv4(layer.source),
        destination: formatIpv4(layer.destination),
      };
    case "srh": {
      const { srh } = layer;
      return {
        layer: layer.kind,
        nextHeader: srh.nextHeader,
        segmentsLeft: srh.segmentsLeft,
        flags: srh.flags,
        tag: srh.tag,
        segments: segmentStates(srh).map(({ sid, state }) => ({ sid: formatIpv6(sid), state })),
        tlvs: srh.tlvs.map(tlvDocument),
      };
    }
    case "payload":
      return {
        layer: layer.kind,
        protocol: layer.protocol,
        name: protocolName(layer.protocol),
        length: layer.octets.length,
        octets: hex(layer.octets),
      };
  }
}

function omitKind<T extends { readonly kind: string }>({ kind: _kind, ...rest }: T): Omit<T, "kind"> {
  return rest;
}

function tlvDocument(tlv: Tlv): Record<string, unknown> {
  if (tlv.kind === "hmac") return { ...tlv, digest: hex(tlv.digest) };
  return tlv.kind === "other" ? { ...tlv, value: hex(tlv.value) } : tlv;
}
