// What the pulse loop needs of a socket, whoever makes it: the kernel's own stamps through libc, or node:dgram.

import type { StampSource } from "./model.ts";
import type { AddressOctets } from "./stamp-extensions.ts";

/** Where a datagram goes, or where it came from. */
export type Endpoint = {
  /** The same for the same address and port. */
  readonly key: string;
  readonly address: AddressOctets;
  readonly port: number;
};

export type Datagram = {
  /** Valid until the handler returns. */
  readonly octets: Uint8Array;
  readonly from: Endpoint;
  readonly destination: AddressOctets | undefined;
  readonly hopLimit: number | undefined;
  readonly trafficClass: number | undefined;
  readonly receivedNs: bigint;
  readonly errorNs: number;
  readonly source: StampSource;
};

export type SendOptions = {
  /** Answers leave from the address that was asked. */
  readonly from?: AddressOctets;
  readonly trafficClass?: number;
  /** A routing header of type 4. */
  readonly routingHeader?: Uint8Array;
};

export interface PulseSocket {
  readonly port: number;
  readonly address: AddressOctets;
  /** What stamps of this socket can be wrong by, when nothing worse is known of one. */
  readonly errorNs: number;
  readonly stamps: StampSource;
  /** Whether it can send over a routing header. */
  readonly steers: boolean;
  /** 0, or the reason as errno. */
  send(octets: Uint8Array, to: Endpoint, options?: SendOptions): number;
  close(): void;
}

export type SocketPlan = {
  readonly address: AddressOctets;
  /** 0: any. */
  readonly port: number;
  /** A network namespace by name, which the socket lives in; undefined for the process's own. */
  readonly namespace?: string | undefined;
};
