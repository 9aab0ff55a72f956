// A network namespace for a test: a process of agent.ts holds it and does there what is asked. It is gone when the
// process is, whatever happens to the test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer, Question, Verbs } from "./agent.ts";

const AGENT = fileURLToPath(new URL("./agent.ts", import.meta.url));

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

export class Namespace {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: string | undefined;

  constructor(name: string) {
    this.name = name;
    this.#process = spawn("unshare", ["--net", process.execPath, AGENT], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // Numbers of any size and octets cross as they are.
      serialization: "advanced",
    });
    this.#process.on("message", ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    const end = (why: string): void => {
      this.#ended ??= `${name}: its process ${why}`;
      for (const { reject } of this.#waiting.values()) reject(new Error(this.#ended));
      this.#waiting.clear();
    };
    this.#process.on("error", (error) => end(`did not start: ${error.message}`));
    this.#process.on("exit", (code) => end(`ended with ${code}`));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  ask<V extends keyof Verbs>(verb: V, ...args: Parameters<Verbs[V]>): Promise<Awaited<ReturnType<Verbs[V]>>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended));
      const id = this.#next++;
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#process.send({ id, verb, args } satisfies Question);
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#process.disconnect();
    await once(this.#process, "exit");
  }
}
