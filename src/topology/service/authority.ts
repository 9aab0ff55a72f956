// The service's own certificate authority: a key in a file that only its owner may read, certificates for POPs whose keys
// never leave them, and one for the service itself. A POP's certificate says in a URI that it is one, so that no other
// certificate of this authority can stand for a POP.

import "reflect-metadata";
import {
  createHash,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";

x509.cryptoProvider.set(globalThis.crypto);

/** P-256: every TLS library and browser takes it. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
/** Clocks of POPs may be behind. */
const EARLIER_MS = 3_600_000;

export type Issued = { readonly certificate: string; readonly serial: string; readonly endsMs: number };
export type PopIdentity = {
  readonly pop: string;
  readonly serial: string;
  readonly key: KeyObject;
  readonly endsMs: number;
};

export class Authority {
  /** In PEM: what a file keeps. */
  readonly text: string;
  readonly certificate: string;
  /** Digest of the certificate, as join tokens carry it. */
  readonly digest: string;
  readonly #issuer: x509.X509Certificate;
  readonly #key: webcrypto.CryptoKey;
  readonly #publicKey: KeyObject;

  private constructor(text: string, issuer: x509.X509Certificate, key: webcrypto.CryptoKey) {
    this.text = text;
    this.#issuer = issuer;
    this.#key = key;
    this.certificate = issuer.toString("pem");
    this.digest = certificateDigest(this.certificate);
    this.#publicKey = new X509Certificate(this.certificate).publicKey;
  }

  static async create(nowMs: number): Promise<Authority> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    const issuer = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: "CN=srwan authority",
      notBefore: new Date(nowMs - EARLIER_MS),
      notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    return new Authority(`${key}\n${issuer.toString("pem")}\n`, issuer, keys.privateKey);
  }

  static async read(text: string, file: string): Promise<Authority> {
    try {
      const [key, certificate] = x509.PemConverter.decode(text);
      if (key === undefined || certificate === undefined) throw new Error("it has not both a key and a certificate");
      const issuer = new x509.X509Certificate(certificate);
      return new Authority(text, issuer, await webcrypto.subtle.importKey("pkcs8", key, ALGORITHM, false, ["sign"]));
    } catch (thrown) {
      throw new SrwanError("AUTHORITY_UNUSABLE", `${file} is no authority: ${(thrown as Error).message}`, {
        remedy: "Restore it from a backup. A new one means that every POP has to join again.",
        cause: thrown,
      });
    }
  }

  /** For a POP whose key this is. */
  async issueForPop(pop: string, publicKey: KeyObject, nowMs: number, days: number): Promise<Issued> {
    const key = await webcrypto.subtle.importKey("spki", spki(publicKey), "Ed25519", true, ["verify"]);
    return this.#issue(pop, key, nowMs, days, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "url", value: popUri(pop) }]),
    ]);
  }

  /** For the service itself, under these names and addresses; the key comes with it. */
  async issueForService(
    names: readonly string[],
    nowMs: number,
    days: number,
  ): Promise<Issued & { readonly key: string }> {
    const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    const alternatives = names.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
    const issued = await this.#issue("srwan service", keys.publicKey, nowMs, days, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
    ]);
    return { ...issued, key };
  }

  async #issue(name: string, publicKey: webcrypto.CryptoKey, nowMs: number, days: number, more: x509.Extension[]) {
    const serial = newSerial();
    const endsMs = Math.floor((nowMs + days * DAY_MS) / 1_000) * 1_000;
    const made = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: [{ CN: [name] }],
      issuer: this.#issuer.subject,
      notBefore: new Date(nowMs - EARLIER_MS),
      notAfter: new Date(endsMs),
      signingAlgorithm: ALGORITHM,
      publicKey,
      signingKey: this.#key,
      extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), ...more],
    });
    return { certificate: made.toString("pem"), serial, endsMs };
  }

  /** The key that POPs sign SID lists with under this number: the same of every service of the WAN, and kept nowhere. */
  hmacSecret(id: number): string {
    return this.#derived("srwan hmac", String(id));
  }

  /** The key that two POPs sign their pulses to each other with, under this number. */
  pulseSecret(id: number, pair: string): string {
    return this.#derived("srwan pulse", `${id} ${pair}`);
  }

  #derived(what: string, of: string): string {
    const [key] = x509.PemConverter.decode(this.text);
    if (key === undefined) throw new Error("an authority without its key");
    return Buffer.from(hkdfSync("sha256", new Uint8Array(key), what, of, 32)).toString("base64");
  }

  /** Whose certificate it is, or a refusal. */
  identify(pem: string, nowMs: number): PopIdentity {
    const certificate = parsed(pem);
    const uri = certificate.subjectAltName ?? "";
    const pop = uri.startsWith(`URI:${popUri("")}`) ? uri.slice(4 + popUri("").length) : undefined;
    const endsMs = Date.parse(certificate.validTo);
    if (!certificate.verify(this.#publicKey) || pop === undefined) {
      throw refused("its certificate is not of this service", "Join with a token of this service.");
    }
    if (endsMs <= nowMs || Date.parse(certificate.validFrom) > nowMs) {
      throw refused(
        `its certificate is good until ${new Date(endsMs).toISOString()}`,
        "Check both clocks; if it has ended, join again with a new token and the same key.",
      );
    }
    return { pop, serial: certificate.serialNumber.toLowerCase(), key: certificate.publicKey, endsMs };
  }
}

const popUri = (pop: string): string => `srwan:pop:${pop}`;
const refused = (what: string, remedy: string): SrwanError => new SrwanError("AGENT_REFUSED", what, { remedy });

function parsed(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (thrown) {
    throw new SrwanError("AGENT_REFUSED", "its certificate cannot be read", {
      remedy: "Join again: the agent's file is damaged.",
      cause: thrown,
    });
  }
}

/** Positive, and never with a zero first that some print and some do not. */
function newSerial(): string {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] as number) & 0x3f) | 0x40;
  return octets.toString("hex");
}

export const certificateDigest = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("base64url");

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

/** An Ed25519 public key; its digest names it. */
export function readPublicKey(pem: string): { readonly key: KeyObject; readonly digest: string; readonly pem: string } {
  let key: KeyObject;
  try {
    if (pem.length > LIMITS.publicKeyMaxOctets || pem.includes("PRIVATE")) throw new Error("it is no public key");
    key = createPublicKey(pem);
  } catch (thrown) {
    throw keyRefused((thrown as Error).message, thrown);
  }
  if (key.asymmetricKeyType !== "ed25519") throw keyRefused(`it is ${key.asymmetricKeyType}`);
  const digest = createHash("sha256").update(spki(key)).digest("base64url");
  return { key, digest, pem: key.export({ type: "spki", format: "pem" }) as string };
}

const keyRefused = (why: string, cause?: unknown): SrwanError =>
  new SrwanError("JOIN_REFUSED", `publicKey cannot be used: ${why}`, {
    remedy: "Give an Ed25519 public key, SPKI in PEM; the agent makes one.",
    ...(cause === undefined ? {} : { cause }),
  });
