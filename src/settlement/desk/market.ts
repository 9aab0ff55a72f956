// Quotes of a folder as the market shows them: each held to its seller's signature once, and what became of it asked of the
// chain. A file that is no quote is counted and left out: whoever puts files there may be anybody.

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { LIMITS } from "../../base/limits.ts";
import type { Listed, QuoteView } from "../../wire/books.ts";
import type { Deployment } from "../chain/deployment.ts";
import { type Listed as OnChain, parseQuote, type QuoteFile, quoteOf, stateOfQuote } from "../chain/quotes.ts";
import { digestOf } from "../chain/sign.ts";
import { INFINITE_PRICE } from "../typed.ts";
import type { DeskChain } from "./chain.ts";

type Read = { readonly name: string; readonly mtimeMs: number; readonly file: QuoteFile | undefined };
type Told = Pick<OnChain, "state" | "buyer" | "amount">;

export class Market {
  readonly #folder: string;
  readonly #deployment: Deployment;
  readonly #chain: DeskChain | undefined;
  #read = new Map<string, Read>();
  readonly #told = new Map<string, { readonly atMs: number; readonly told: Told }>();

  constructor(folder: string, deployment: Deployment, chain: DeskChain | undefined) {
    this.#folder = folder;
    this.#deployment = deployment;
    this.#chain = chain;
  }

  /** By their windows, the latest first. */
  async page(limit: number, after: string | undefined, nowMs: number): Promise<Listed<QuoteView>> {
    const { files, notes } = await this.#files();
    const all = files
      .map((read) => ({ read, key: keyOf(read) }))
      .filter(({ key }) => after === undefined || key < after)
      .sort((a, b) => (a.key < b.key ? 1 : -1));
    const shown = all.slice(0, limit);
    const asked = await this.#ask(
      shown.map(({ read }) => read.file),
      nowMs,
    );
    if (asked.note !== undefined) notes.push(`the chain does not answer: ${asked.note}`);
    const last = shown.at(-1);
    return {
      items: shown.map(({ read }, i) =>
        viewOf(
          digestOf(this.#deployment, "Quote", quoteOf(read.file)),
          read.name,
          read.file,
          asked.told[i] ?? local(read.file, nowMs),
        ),
      ),
      ...(all.length > limit && last !== undefined ? { next: last.key } : {}),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  }

  async #files(): Promise<{ files: (Read & { file: QuoteFile })[]; notes: string[] }> {
    let names: string[];
    try {
      names = (await readdir(this.#folder)).filter((name) => name.endsWith(".json"));
    } catch (thrown) {
      const isAbsent = (thrown as NodeJS.ErrnoException).code === "ENOENT";
      return {
        files: [],
        notes: isAbsent ? [] : [`the folder of quotes cannot be read: ${(thrown as Error).message}`],
      };
    }
    const notes: string[] = [];
    if (names.length > LIMITS.quotesListedMax) {
      notes.push(`of ${names.length} files ${LIMITS.quotesListedMax} are listed: move old ones away`);
    }
    const read = new Map<string, Read>();
    for (const name of names.sort().slice(0, LIMITS.quotesListedMax)) read.set(name, await this.#one(name));
    this.#read = read;
    const files = [...read.values()].filter((one): one is Read & { file: QuoteFile } => one.file !== undefined);
    const wrong = read.size - files.length;
    if (wrong > 0) notes.push(`${wrong} ${wrong === 1 ? "file is" : "files are"} no quote that its seller signed`);
    return { files, notes };
  }

  async #one(name: string): Promise<Read> {
    const path = join(this.#folder, name);
    try {
      const { mtimeMs, size } = await stat(path);
      const known = this.#read.get(name);
      if (known?.mtimeMs === mtimeMs) return known;
      const isTooLarge = size > LIMITS.quoteFileMaxOctets;
      const file = isTooLarge ? undefined : parseQuote(await readFile(path, "utf8"), path, this.#deployment);
      return { name, mtimeMs, file };
    } catch {
      return { name, mtimeMs: -1, file: undefined };
    }
  }

  async #ask(files: readonly QuoteFile[], nowMs: number): Promise<{ told: (Told | undefined)[]; note?: string }> {
    if (this.#chain === undefined) return { told: [] };
    const told = files.map((file) => this.#known(file, nowMs));
    if (told.every((one) => one !== undefined)) return { told };
    const asked = await this.#chain.ask(async (provider) => {
      const seconds = BigInt((await provider.getBlock("latest"))?.timestamp ?? Math.floor(nowMs / 1_000));
      await Promise.all(
        files.map(async (file, i) => {
          if (told[i] !== undefined) return;
          const { state, buyer, amount } = await stateOfQuote(provider, this.#deployment, file, seconds);
          told[i] = { state, ...(buyer && { buyer }), ...(amount !== undefined && { amount }) };
          this.#told.set(file.signature, { atMs: nowMs, told: told[i] });
        }),
      );
    });
    if (this.#told.size > LIMITS.quotesListedMax) this.#told.clear();
    // While it is away, what it said last is better than nothing: what was sold stays sold.
    const last = files.map((file, i) => told[i] ?? this.#told.get(file.signature)?.told);
    return "note" in asked ? { told: last, note: asked.note } : { told };
  }

  #known({ signature }: QuoteFile, nowMs: number): Told | undefined {
    const known = this.#told.get(signature);
    return known !== undefined && nowMs - known.atMs < LIMITS.deskSharedMs ? known.told : undefined;
  }
}

const keyOf = ({ name, file }: Read & { file: QuoteFile }): string => `${file.quote.start.padStart(20, "0")} ${name}`;

/** What can be said without the chain. */
function local(
  file: QuoteFile,
  nowMs: number,
): { readonly state: QuoteView["state"] } & Pick<Told, "buyer" | "amount"> {
  const { pricePerGB, expiry, end } = quoteOf(file);
  if (pricePerGB === INFINITE_PRICE) return { state: "no price" };
  const seconds = BigInt(Math.floor(nowMs / 1_000));
  return { state: expiry < seconds || end <= seconds ? "expired" : "unknown" };
}

const millis = (seconds: bigint): number => Number(seconds > LATEST ? LATEST : seconds) * 1_000;
/** Of any calendar. */
const LATEST = 8_640_000_000_000n;

function viewOf(
  id: string,
  name: string,
  file: QuoteFile,
  { state, buyer, amount }: ReturnType<typeof local>,
): QuoteView {
  const quote = quoteOf(file);
  return {
    id,
    file: name,
    segment: file.segment,
    seller: quote.seller.toLowerCase(),
    pricePerGB: quote.pricePerGB === INFINITE_PRICE ? "infinity" : String(quote.pricePerGB),
    startMs: millis(quote.start),
    endMs: millis(quote.end),
    expiryMs: millis(quote.expiry),
    state,
    buyer: buyer?.toLowerCase() ?? null,
    amount: amount === undefined ? null : String(amount),
  };
}
