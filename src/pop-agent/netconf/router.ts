// Asking a router: its configuration, its state, the modules it has, and word of changes.

import type { Clock } from "../../base/clock.ts";
import { asSrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Logger } from "../../base/log.ts";
import { subtree } from "../../netconf/filter.ts";
import { NS } from "../../netconf/names.ts";
import { get, getConfig } from "../../netconf/operations.ts";
import type { Session } from "../../netconf/session.ts";
import { elementsOf, find, inNamespace, type XmlElement } from "../../netconf/xml/element.ts";

export async function runningOf(session: Session, filter: readonly XmlElement[]): Promise<readonly XmlElement[]> {
  const { root } = await session.call(getConfig("running", { filter: subtree(filter) }));
  return dataOf(root);
}

export async function stateOf(session: Session, filter: readonly XmlElement[]): Promise<readonly XmlElement[]> {
  const { root } = await session.call(get({ filter: subtree(filter) }));
  return dataOf(root);
}

export async function yangLibraryOf(session: Session): Promise<readonly XmlElement[]> {
  if (!session.capabilities.module("ietf-yang-library")) return [];
  const library = inNamespace(NS.yangLibrary);
  return stateOf(session, [library("yang-library"), library("modules-state")]);
}

const dataOf = (root: XmlElement): readonly XmlElement[] => {
  const data = find(root, "data");
  return data ? elementsOf(data) : [];
};

/**
 * Calls back at every notification, over a session of its own, for as long as nobody ends it. A router without
 * notifications is looked at now and then by whoever looks anyway.
 */
export function watchRouter(
  connect: (signal: AbortSignal) => Promise<Session>,
  changed: () => void,
  clock: Clock,
  log: Logger,
): () => void {
  const end = new AbortController();
  const follow = async (): Promise<boolean> => {
    const session = await connect(end.signal);
    const close = (): void => void session.close();
    end.signal.addEventListener("abort", close, { once: true });
    try {
      if (!session.capabilities.has("notification")) return false;
      const notifications = await session.subscribe();
      // What was changed while nobody listened is not told.
      changed();
      for await (const _ of notifications) changed();
      return true;
    } finally {
      end.signal.removeEventListener("abort", close);
      await session.close();
    }
  };
  const run = async (): Promise<void> => {
    while (!end.signal.aborted) {
      try {
        if (!(await follow())) return log.info("the router tells of no changes: it is looked at now and then");
      } catch (thrown) {
        if (!end.signal.aborted) log.warn("the router is not heard", { error: asSrwanError(thrown).message });
      }
      await clock.sleepMs(LIMITS.routerAwayMs, end.signal).catch(() => undefined);
    }
  };
  void run();
  return () => end.abort(new Error("stopping"));
}
