// Keys on their way to a POP. The store, and whoever reads it, knows them by their numbers alone; the services of one WAN make
// the same from the authority that they share.

import type { PopDelta, PopDesired } from "../../wire/desired.ts";
import type { Authority } from "./authority.ts";

type Keyed = Partial<Pick<PopDesired, "hmacKeys" | "peers">>;

export const documentWithKeys = (authority: Authority, document: PopDesired): PopDesired => ({
  ...document,
  ...withKeys(authority, document),
});

export const deltaWithKeys = (authority: Authority, delta: PopDelta): PopDelta => ({
  ...delta,
  set: { ...delta.set, ...withKeys(authority, delta.set) },
});

function withKeys(authority: Authority, { hmacKeys, peers }: Keyed): Keyed {
  return {
    ...(hmacKeys && { hmacKeys: hmacKeys.map((key) => ({ ...key, secret: authority.hmacSecret(key.id) })) }),
    ...(peers && { peers: peers.map((peer) => ({ ...peer, ...signedOf(authority, peer) })) }),
  };
}

function signedOf(authority: Authority, { signed }: PopDesired["peers"][number]) {
  if (signed === undefined) return {};
  const keys = signed.keys.map((key) => ({ ...key, secret: authority.pulseSecret(key.id, signed.pair) }));
  return { signed: { ...signed, keys } };
}
