// A sender's session and a reflector face to face without a network, for the tests of the pulse room.

import { parseAddress } from "../../src/pulse/address.ts";
import { createMac } from "../../src/pulse/mac.ts";
import type { PeerId } from "../../src/pulse/model.ts";
import { type Arrival, finishReply, type Reflection, type ReflectorSetup, reflect } from "../../src/pulse/reflect.ts";
import { PulseSession, type Received, type SessionSetup } from "../../src/pulse/session.ts";
import { Sessions } from "../../src/pulse/sessions.ts";
import { NO_RETURN_PATHS } from "../../src/pulse/stamp-sr.ts";

export const T1 = 1_700_000_000_000_000_000n;
export const KEY = new Uint8Array(32).fill(9);
const MAC = createMac(KEY);
export const [HERE, THERE] = [parseAddress("2001:db8::1"), parseAddress("2001:db8::2")];

export const SETUP: ReflectorSetup = {
  mode: "open",
  stateful: true,
  format: "ntp",
  synchronised: false,
  syncSource: 5,
  policy: NO_RETURN_PATHS,
  mayUseDscp: () => true,
};

const arrival = (octets: Uint8Array, more: Partial<Arrival> = {}): Arrival => ({
  octets,
  sourceKey: "sender",
  source: HERE,
  sourcePort: 40_000,
  destination: THERE,
  destinationPort: 862,
  hopLimit: 251,
  trafficClass: (46 << 2) | 1,
  receivedNs: T1 + 20_000_000n,
  errorNs: 1_000,
  method: 2,
  ...more,
});

const session = (more: Partial<SessionSetup> = {}): PulseSession =>
  new PulseSession({
    peer: "b" as PeerId,
    mode: "open",
    mac: undefined,
    signsTlvs: false,
    ssid: 77,
    format: "ntp",
    synchronised: true,
    reflectorIsStateful: undefined,
    ...more,
  });
export const authenticated = { mode: "authenticated", mac: MAC, signsTlvs: true } as const;

export type Round = { readonly reply: Uint8Array; readonly got: Received };

export class Pair {
  readonly sender: PulseSession;
  readonly sessions = new Sessions();
  readonly setup: ReflectorSetup;

  constructor(sender: Partial<SessionSetup> = {}, reflector: Partial<ReflectorSetup> = {}) {
    this.sender = session(sender);
    this.setup = { ...SETUP, mode: this.sender.setup.mode, ...reflector };
  }

  pulse(extensions: readonly Uint8Array[] = []): Uint8Array {
    const pulse = this.sender.prepare(extensions, 5_000);
    this.sender.stamp(pulse, T1);
    this.sender.sent(pulse, T1, 2_000);
    return pulse.octets;
  }

  answer(octets: Uint8Array, more: Partial<Arrival> = {}): Reflection {
    const done = reflect(arrival(octets, more), this.setup, this.sender.setup.mac, this.sessions, 0);
    if (done.kind === "answered" && done.reply !== undefined) {
      finishReply(done.reply, T1 + 20_100_000n, this.setup, this.sender.setup.mac, done.session);
    }
    return done;
  }

  take = (reply: Uint8Array): Received => this.sender.receive(reply, T1 + 45_000_000n, 1_000, "kernel");

  round(extensions: readonly Uint8Array[] = []): Round {
    const done = this.answer(this.pulse(extensions));
    if (done.kind !== "answered" || done.reply === undefined) throw new Error("no reply");
    return { reply: done.reply, got: this.take(done.reply) };
  }
}
