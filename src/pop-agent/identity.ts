// Who this POP is: a key pair made here that never leaves, and the certificate that the service gave for it. One file,
// readable by its owner alone.

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { SrwanError } from "../base/errors.ts";
import { refuseExposed } from "../base/private.ts";
import { proofText } from "../wire/message.ts";
import { PopRecord } from "../wire/pop.ts";
import type { StateFolder } from "./state-folder.ts";

export const Identity = Type.Object({
  service: Type.String(),
  privateKey: Type.String(),
  certificate: Type.String(),
  authority: Type.String(),
  group: Type.String(),
  locator: Type.String(),
  issuedMs: Type.Integer(),
  renewBeforeMs: Type.Integer(),
  record: PopRecord,
});
export type Identity = Static<typeof Identity>;

const FILE = "identity.json";

export function readIdentity(folder: StateFolder): Identity | undefined {
  const value = folder.read(FILE);
  return Check(Identity, value) ? value : undefined;
}

export function needIdentity(folder: StateFolder): Identity {
  const identity = readIdentity(folder);
  if (identity !== undefined) return identity;
  throw new SrwanError("AGENT_NOT_JOINED", `${folder.path} holds no identity`, {
    remedy: "Join first: `srwan agent join --token TOKEN --service URL --record FILE`.",
  });
}

/** For a process that is about to use it. */
export function openIdentity(folder: StateFolder): Identity {
  const identity = needIdentity(folder);
  refuseExposed(folder.file(FILE), "the key that this POP proves who it is with", "owner");
  return identity;
}

export const writeIdentity = (folder: StateFolder, identity: Identity): void => folder.write(FILE, identity);

export const newPrivateKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

export const publicKeyOf = (privateKey: string): string =>
  createPublicKey(createPrivateKey(privateKey)).export({ type: "spki", format: "pem" }).toString();

/** Proof of the name, good for one connection. */
export const prove = ({ privateKey, record }: Identity, nonce: string): string =>
  sign(null, Buffer.from(proofText(nonce, record.name)), createPrivateKey(privateKey)).toString("base64url");
