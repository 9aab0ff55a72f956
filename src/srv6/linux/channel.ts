// Requests and dumps over a port: batches with one acknowledgement each, errors matched to the request that caused them,
// bounded in flight, retried where the kernel's trouble passes, and honest where an answer was lost.
//
// The kernel answers a batch in order, so when the last request of a batch is answered, whatever was not refused before
// it went in (measured: one acknowledgement a batch is as quick as none, one a message costs two thirds of the speed).

import type { Clock } from "../../base/clock.ts";
import { SrwanError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import { ERRNO, errnoText, UNANSWERED } from "./errno.ts";
import type { Port } from "./port.ts";
import { CONTROL, DUMP_INTERRUPTED, FLAG, type Message, messages, Writer } from "./wire.ts";

/** Writes one message under the given sequence number. */
export type Request = (writer: Writer, sequence: number) => void;
/** Writes the message of this index; called again when it is retried. */
export type Requests = (index: number, writer: Writer, sequence: number) => void;

type Pending = {
  readonly onMessage: (message: Message) => void;
  readonly onOverrun: () => void;
  readonly onBroken: (error: Error) => void;
};

export class Channel {
  readonly #port: Port;
  readonly #clock: Clock;
  readonly #writer = new Writer();
  #sequence = 1;
  #pending: Pending | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #broken: Error | undefined;
  /** Notifications: messages that answer no request of ours. */
  onNotice: (message: Message) => void = () => undefined;
  /** Notifications were lost. */
  onLost: () => void = () => undefined;

  constructor(port: Port, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    port.listen({
      datagram: (octets) => this.#receive(octets),
      overrun: () => (this.#pending ? this.#pending.onOverrun() : this.onLost()),
      broken: (error) => this.#break(error),
    });
  }

  #break(error: Error): void {
    this.#broken = error;
    this.#pending?.onBroken(error);
  }

  join(group: number): void {
    this.#port.join(group);
  }

  close(): void {
    this.#port.close();
    this.#break(new Error("the channel was closed"));
  }

  /** Sends every request; gives one error number each: 0 in place, UNANSWERED where only reading back tells. */
  request(count: number, write: Requests, progress: (done: number) => void = () => undefined): Promise<Int32Array> {
    return this.#alone(async () => {
      const answers = new Int32Array(count);
      let open = Uint32Array.from({ length: count }, (_, i) => i);
      for (let attempt = 0; open.length > 0; attempt++) {
        await this.#round(write, open, answers, (done) => progress(count - open.length + done));
        // ENOMEM passes while the kernel's per-CPU allocator grows (seen past 60,000 routes with encapsulation).
        const refused = open.filter((i) => answers[i] === ERRNO.ENOMEM);
        if (refused.length === 0 || attempt === LIMITS.netlinkMemoryRetries) break;
        open = refused;
        for (const i of open) answers[i] = 0;
        await this.#clock.sleepMs(LIMITS.netlinkMemoryRetryMs * (attempt + 1));
      }
      return answers;
    });
  }

  /** Asks for a table and hands over each message of the answer; begins anew where the table changed under it. */
  dump(request: Request, onMessage: (message: Message) => void, reset: () => void = () => undefined): Promise<void> {
    return this.#alone(async () => {
      for (let attempt = 0; attempt < LIMITS.netlinkDumpTries; attempt++) {
        if (attempt > 0) reset();
        if ((await this.#dumpOnce(request, onMessage)) === "whole") return;
      }
      throw new SrwanError("NETLINK_FAILED", "the kernel's tables changed each time they were read", {
        remedy: "Look for what changes routes all the time (`ip monitor`), then try again.",
        deviceStateKnown: false,
      });
    });
  }

  /** One request, one answer: generic netlink's way. */
  async ask(request: Request): Promise<Message> {
    const found: Message[] = [];
    await this.#alone(async () => {
      const answer = await this.#exchange(request, (message, done) => {
        found.push(message);
        done();
      });
      if (answer !== 0) throw refusal("the kernel refused to answer", answer);
    });
    return found[0] as Message;
  }

  async #round(
    write: Requests,
    indexes: Uint32Array,
    answers: Int32Array,
    progress: (done: number) => void,
  ): Promise<void> {
    const first = this.#sequence;
    this.#sequence += indexes.length;
    let [written, answered, flying] = [0, 0, 0];
    /** Batches end at these positions; an answer there closes the batch. */
    const ends = new Set<number>();
    const wait = new Waiter(this.#clock, LIMITS.netlinkSilenceMs);
    this.#pending = {
      onMessage: (message) => {
        const position = message.sequence - first;
        if (message.type !== CONTROL.error || position < 0 || position >= indexes.length) return this.onNotice(message);
        answers[indexes[position] as number] = -message.payload.i32(0);
        if (ends.delete(position)) {
          flying--;
          answered = position + 1;
          progress(answered);
        }
        wait.wake();
      },
      onOverrun: () => wait.lost(),
      onBroken: () => wait.lost(),
    };
    try {
      while (answered < indexes.length) {
        while (flying < LIMITS.netlinkBatchesInFlight && written < indexes.length && !this.#broken) {
          written = this.#sendBatch(write, indexes, written, first);
          ends.add(written - 1);
          flying++;
        }
        const before = flying;
        if (before === 0 || !(await wait.next(() => flying < before))) {
          for (let i = answered; i < indexes.length; i++) answers[indexes[i] as number] ||= UNANSWERED;
          return;
        }
      }
    } finally {
      wait.end();
      this.#pending = undefined;
    }
  }

  #sendBatch(write: Requests, indexes: Uint32Array, from: number, first: number): number {
    const end = Math.min(indexes.length, from + LIMITS.netlinkBatchMessages);
    let next = from;
    while (next < end && this.#writer.length < LIMITS.netlinkBatchOctets) {
      write(indexes[next] as number, this.#writer, first + next);
      next++;
    }
    this.#writer.addFlags(FLAG.ack);
    this.#port.send(this.#writer.take());
    return next;
  }

  async #dumpOnce(request: Request, onMessage: (message: Message) => void): Promise<"whole" | "torn"> {
    let torn = false;
    const answer = await this.#exchange(request, (message, done) => {
      if (message.flags & DUMP_INTERRUPTED) torn = true;
      if (message.type === CONTROL.done) done();
      else onMessage(message);
    });
    if (answer === UNANSWERED) return "torn";
    if (answer !== 0) throw refusal("the kernel refused a dump", answer);
    return torn ? "torn" : "whole";
  }

  /** Sends one request and feeds its messages to `take` until that says done, or the kernel refuses. */
  async #exchange(request: Request, take: (message: Message, done: () => void) => void): Promise<number> {
    const sequence = this.#sequence++;
    let answer: number | undefined;
    let thrown: unknown;
    const wait = new Waiter(this.#clock, LIMITS.netlinkSilenceMs);
    this.#pending = {
      onMessage: (message) => {
        if (message.sequence !== sequence) return this.onNotice(message);
        try {
          if (message.type === CONTROL.error) answer = -message.payload.i32(0);
          else take(message, () => (answer = 0));
        } catch (error) {
          [thrown, answer] = [error, UNANSWERED];
        }
        wait.wake();
      },
      onOverrun: () => wait.lost(),
      onBroken: () => wait.lost(),
    };
    try {
      if (this.#broken) throw this.#broken;
      request(this.#writer, sequence);
      this.#port.send(this.#writer.take());
      const heard = await wait.next(() => answer !== undefined);
      if (thrown) throw thrown;
      return heard ? (answer ?? UNANSWERED) : UNANSWERED;
    } finally {
      wait.end();
      this.#pending = undefined;
    }
  }

  /** After a message that cannot be read nothing that follows can be trusted: the channel ends. */
  #receive(octets: Uint8Array): void {
    try {
      for (const message of messages(octets)) {
        if (this.#pending) this.#pending.onMessage(message);
        else this.onNotice(message);
      }
    } catch (error) {
      this.#break(error as Error);
    }
  }

  /** One exchange at a time: answers are told apart by sequence, but losses are not. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

const refusal = (what: string, errno: number): SrwanError =>
  new SrwanError("NETLINK_FAILED", `${what}: ${errnoText(errno)}`, {
    remedy: "See `srwan doctor` for what this kernel and this user may do.",
    details: { errno },
    deviceStateKnown: true,
  });

/** Waits for a condition that messages bring about, with a limit on silence that each message renews. */
class Waiter {
  #check: () => void = () => undefined;
  #isLost = false;
  #heard = 0;
  readonly #end = new AbortController();

  constructor(clock: Clock, silenceMs: number) {
    void this.#watch(clock, silenceMs);
  }

  wake(): void {
    this.#heard++;
    this.#check();
  }

  lost(): void {
    this.#isLost = true;
    this.#check();
  }

  end(): void {
    this.#end.abort();
  }

  /** True when the condition came about; false when something was lost or silence lasted too long. */
  async next(condition: () => boolean): Promise<boolean> {
    if (!this.#isLost && !condition()) {
      await new Promise<void>((resolve) => {
        this.#check = () => {
          if (this.#isLost || condition()) resolve();
        };
      });
    }
    return !this.#isLost;
  }

  /** One timer for the whole exchange: silence shows as a sleep in which nothing was heard. */
  async #watch(clock: Clock, silenceMs: number): Promise<void> {
    for (let before = -1; before !== this.#heard; ) {
      before = this.#heard;
      try {
        await clock.sleepMs(silenceMs, this.#end.signal);
      } catch {
        return;
      }
    }
    this.lost();
  }
}
