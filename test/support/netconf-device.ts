// A device's datastores as the scripted server has them: services by name, a candidate, locks, a confirmed commit that
// goes back. Small, and right; what is wrong is put in front of it by whoever scripts.

import { NS as NAMES } from "../../src/netconf/names.ts";
import { attribute, elementsOf, find, textAt, type XmlElement } from "../../src/netconf/xml/element.ts";
import { writeXml } from "../../src/netconf/xml/write.ts";

export const SERVICES = "urn:srwan:test";

export type Asked = { readonly id: string; readonly operation: XmlElement; readonly session: number };

/** What stands inside the reply. */
export type Answer = string;

const OK = "<ok/>";

export const rpcError = (tag: string, message: string, severity = "error", info = ""): Answer =>
  `<rpc-error><error-type>application</error-type><error-tag>${tag}</error-tag>` +
  `<error-severity>${severity}</error-severity><error-message>${message}</error-message>${info}</rpc-error>`;

type Store = ReadonlyMap<string, string>;

export class ScriptedDevice {
  running: Store = new Map();
  candidate: Store = new Map();
  lockedBy: number | undefined;
  #pending:
    | { readonly before: Store; readonly persist: string | undefined; readonly by: number; timer: NodeJS.Timeout }
    | undefined;

  answer({ operation, session }: Asked): Answer {
    switch (operation.name) {
      case "lock":
        if (this.lockedBy !== undefined && this.lockedBy !== session) {
          const info = `<error-info><session-id>${this.lockedBy}</session-id></error-info>`;
          return rpcError("lock-denied", "held", "error", info);
        }
        this.lockedBy = session;
        return OK;
      case "unlock":
        this.lockedBy = undefined;
        return OK;
      case "discard-changes":
        this.candidate = this.running;
        return OK;
      case "edit-config": {
        const target = find(operation, "target", "running") ? "running" : "candidate";
        this[target] = edited(this[target], find(operation, "config", "services"));
        if (target === "running") this.candidate = this.running;
        return OK;
      }
      case "commit":
        return this.#commit(operation, session);
      case "cancel-commit":
        if (!this.#pending) return rpcError("operation-failed", "no confirmed commit");
        this.#goBack();
        return OK;
      case "get-config":
      case "get":
        return this.data(find(operation, "source", "candidate") ? this.candidate : this.running);
      case "kill-session":
        return rpcError("invalid-value", "no such session");
      default:
        return OK;
    }
  }

  data(store: Store): Answer {
    const services = [...store.values()].join("");
    return `<data>${services === "" ? "" : `<services xmlns="${SERVICES}">${services}</services>`}</data>`;
  }

  /** A session ended: its lock and its unconfirmed commit without persist end with it. */
  left(session: number): void {
    if (this.lockedBy === session) {
      this.lockedBy = undefined;
      this.candidate = this.running;
    }
    if (this.#pending?.by === session && this.#pending.persist === undefined) this.#goBack();
  }

  stop(): void {
    clearTimeout(this.#pending?.timer);
  }

  #commit(operation: XmlElement, session: number): Answer {
    const pending = this.#pending;
    const persistId = textAt(operation, "persist-id");
    if (pending?.persist !== undefined && pending.persist !== persistId)
      return rpcError("in-use", "a commit is pending");
    if (!pending && persistId !== undefined) return rpcError("invalid-value", "no confirmed commit");
    clearTimeout(pending?.timer);
    const before = pending?.before ?? this.running;
    this.running = this.candidate;
    this.#pending = undefined;
    if (find(operation, "confirmed")) {
      const timeoutMs = Number(textAt(operation, "confirm-timeout") ?? "600") * 1_000;
      const timer = setTimeout(() => this.#goBack(), timeoutMs);
      this.#pending = { before, persist: textAt(operation, "persist"), by: session, timer };
    }
    return OK;
  }

  #goBack(): void {
    clearTimeout(this.#pending?.timer);
    this.running = this.#pending?.before ?? this.running;
    this.candidate = this.running;
    this.#pending = undefined;
  }
}

function edited(store: Store, services: XmlElement | undefined): Store {
  const next = new Map(store);
  for (const service of services ? elementsOf(services) : []) {
    const name = textAt(service, "name") ?? "";
    const operation = attribute(service, "operation", NAMES.base);
    if (operation === "remove" || operation === "delete") next.delete(name);
    else next.set(name, writeXml({ ...service, attributes: [], scope: new Map() }, { inside: SERVICES }));
  }
  return next;
}
