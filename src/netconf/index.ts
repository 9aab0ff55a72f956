// The library entry `srwan/netconf`: sessions, operations, RESTCONF and the transaction.

export { RealClock } from "../base/clock.ts";
export { SrwanError } from "../base/errors.ts";
export { ed25519Sealer, isSealOf } from "../base/seal.ts";
export { type Caller, type CallHome, listenCallHome } from "./call-home.ts";
export * from "./capabilities.ts";
export { readDevices, urlTarget } from "./devices-file.ts";
export { DevicesFile } from "./devices-schema.ts";
export { type Filter, subtree, xpath } from "./filter.ts";
export { FrameReader, frame } from "./frame.ts";
export { fingerprint, type HostKeyTrust } from "./known-hosts.ts";
export type { Notification } from "./notification.ts";
export type { Operation } from "./operations.ts";
export * as operations from "./operations.ts";
export type { Peer, Pipe, PipeListener } from "./pipe.ts";
export type { Reply, RpcError } from "./reply.ts";
export { type CallOptions, Session, type SessionOptions } from "./session.ts";
export { connectSsh, type SshHost, type SshTarget } from "./ssh.ts";
export { readKey, type SshAuth } from "./ssh-auth.ts";
export { type Change, expectedOf, readBackOf } from "./transaction/change.ts";
export { differences, mark } from "./transaction/expect.ts";
export { folderJournals, type JournalStore, memoryJournals } from "./transaction/journal.ts";
export type { OutcomeDocument, SealedOutcome } from "./transaction/outcome.ts";
export { reconcile, type TransactOptions, type Transactor, transact } from "./transaction/transact.ts";
export { canonicalXml } from "./xml/canonical.ts";
export * from "./xml/element.ts";
export { parseXml, parseXmlList, TreeBuilder, type XmlEvents, XmlReader } from "./xml/read.ts";
export { writeXml } from "./xml/write.ts";
