// `srwan market …` at work: quotes in a folder, what became of them on the chain, and the few calls that a deal needs.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SrwanError } from "../../base/errors.ts";
import { readFile } from "../../base/file.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatCoins } from "../../settlement/chain/coins.ts";
import { send } from "../../settlement/chain/contracts.ts";
import {
  type Listed,
  parseQuote,
  type Quote,
  quoteFileOf,
  quoteOf,
  segmentIdOf,
  stateOfQuote,
} from "../../settlement/chain/quotes.ts";
import { signTyped } from "../../settlement/chain/sign.ts";
import { formatSeconds } from "../../settlement/chain/words.ts";
import { INFINITE_PRICE } from "../../settlement/typed.ts";
import { textOf, usage, wholeNumber } from "../flags.ts";
import { type Paint, table } from "../output.ts";
import type { Input, View } from "../verb.ts";
import { type Chain, coinsFrom, whenFrom, withChain, withPurse } from "./options.ts";

const HOUR = 3_600n;
const GB_MOST = 1_000_000_000;

const folderOf = ({ flags }: Input): string => textOf(flags.quotes) ?? "srwan-quotes";
const priceText = (units: bigint): string => (units === INFINITE_PRICE ? "none" : formatCoins(units));
/** "2026-11-21 17:00": hours are whole. */
const hourText = (seconds: bigint): string => formatSeconds(seconds).slice(0, 16);

export function marketQuote(input: Input): Promise<View> {
  const { flags } = input;
  const [segment = ""] = input.arguments;
  const price = textOf(flags.price);
  const pricePerGB = price === "infinity" ? INFINITE_PRICE : coinsFrom("--price", price);
  return withPurse(input, async ({ deployment, signer, address, nowSeconds }) => {
    const window = (flag: string, value: string | undefined): bigint => {
      if (value === undefined) throw usage(`${flag} is missing`, `Give ${flag} a time: 2h, or 2027-01-31T18:00Z.`);
      const at = whenFrom(flag, value, nowSeconds);
      const isFromNow = !value.includes(":");
      if (!isFromNow && at % HOUR !== 0n) throw usage(`${flag} ${value}: no whole hour`, "Windows are of whole hours.");
      return ((at + HOUR - 1n) / HOUR) * HOUR;
    };
    const [start, end] = [window("--from", textOf(flags.from)), window("--until", textOf(flags.until))];
    if (end <= start) throw usage("--until is not after --from", "Give a window of at least an hour.");
    const [expires, nonce] = [textOf(flags.expires), textOf(flags.nonce)];
    const quote: Quote = {
      segmentId: segmentIdOf(segment),
      seller: address,
      pricePerGB,
      start,
      end,
      nonce:
        nonce === undefined ? BigInt(Date.now()) : BigInt(wholeNumber("--nonce", nonce, 0, Number.MAX_SAFE_INTEGER)),
      expiry: expires === undefined ? end : whenFrom("--expires", expires, nowSeconds),
    };
    const file = quoteFileOf(segment, deployment.chainId, quote, await signTyped(signer, deployment, "Quote", quote));
    const path = join(folderOf(input), `${quote.nonce}.json`);
    writeQuote(folderOf(input), path, JSON.stringify(file, null, 2));
    return {
      data: { path, ...file },
      text: () =>
        `${segment} from ${hourText(start)} to ${hourText(end)}, ${priceText(pricePerGB)} a GB.\n` +
        `Signed into ${path}\nGive it to buyers; it costs nothing until it is bought.`,
    };
  });
}

function writeQuote(folder: string, path: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, `${text}\n`, { flag: "wx" });
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new SrwanError("FILE_UNUSABLE", `${path}: ${there ? "there is a quote already" : (error as Error).message}`, {
      remedy: there ? "Give another --nonce." : "Check the path and its permissions.",
    });
  }
}

const readQuote = (path: string, { deployment }: Chain) =>
  parseQuote(readFile(path, LIMITS.quoteFileMaxOctets).toString("utf8"), path, deployment);

const PAINTS: Readonly<Partial<Record<Listed["state"], Paint>>> = { open: "good", sold: "warn" };

export function marketList(input: Input): Promise<View> {
  const folder = folderOf(input);
  return withChain(input, async (chain) => {
    const rows: (Listed & { readonly name: string })[] = [];
    for (const name of quoteNames(folder)) {
      const file = readQuote(join(folder, name), chain);
      rows.push({ name, ...(await stateOfQuote(chain.provider, chain.deployment, file, chain.nowSeconds)) });
    }
    const shown = rows.filter(({ state }) => input.flags.all === true || state === "open");
    return {
      data: shown,
      text: (wide, screen) =>
        shown.length === 0
          ? `No quote in ${folder} is open.${rows.length > 0 ? " --all shows the others." : ""}`
          : table(
              shown,
              [
                { title: "QUOTE", cell: ({ name }) => name },
                { title: "STATE", cell: ({ state }) => state, paint: ({ state }) => PAINTS[state] },
                { title: "FROM", cell: ({ file }) => hourText(BigInt(file.quote.start)) },
                { title: "HOURS", cell: ({ file }) => hoursOf(quoteOf(file)), align: "right" },
                { title: "A GB", cell: ({ file }) => priceText(BigInt(file.quote.pricePerGB)), align: "right" },
                { title: "SELLER", cell: ({ file }) => file.quote.seller, wide: true },
                { title: "BUYER", cell: ({ buyer }) => buyer ?? "", wide: true },
                { title: "SEGMENT", cell: ({ file }) => file.segment },
              ],
              wide,
              screen,
            ),
    };
  });
}

const hoursOf = ({ start, end }: Quote): string => String((end - start) / HOUR);

function quoteNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .toSorted();
  } catch (cause) {
    throw new SrwanError("FILE_UNUSABLE", `${folder}: ${(cause as Error).message}`, {
      remedy: "Name the folder that holds quotes: --quotes FOLDER.",
      cause,
    });
  }
}

export function marketBuy(input: Input): Promise<View> {
  const [path = ""] = input.arguments;
  const gigabytes = BigInt(wholeNumber("--gb", textOf(input.flags.gb) ?? "", 1, GB_MOST));
  const most = coinsFrom("--most", textOf(input.flags.most));
  return withPurse(input, async (purse) => {
    const file = readQuote(path, purse);
    const quote = quoteOf(file);
    const listed = await stateOfQuote(purse.provider, purse.deployment, file, purse.nowSeconds);
    const given = [quote, file.signature, gigabytes, most, listed.id] as const;
    const { hash } = await send(purse.contracts, "Ditex", "buy", ...given);
    const amount = quote.pricePerGB * gigabytes;
    return {
      data: { deal: listed.id, buyer: purse.address, gigabytes, amount, transaction: hash },
      text: () =>
        `${gigabytes} GB of ${file.segment} from ${hourText(quote.start)} to ${hourText(quote.end)}.\n` +
        `${formatCoins(amount)} wait in the escrow until the window is over.`,
    };
  });
}

/** A quote that is not sold is void from now on; of one that is, the seller may give the money back. */
export function marketCancel(input: Input): Promise<View> {
  const [path = ""] = input.arguments;
  return withPurse(input, async (purse) => {
    const file = readQuote(path, purse);
    const { nonce, seller } = quoteOf(file);
    if (seller !== purse.address) {
      throw usage(`${path}: ${seller} is the seller, not ${purse.address}`, "Give the seller's --keystore.");
    }
    const { state, id } = await stateOfQuote(purse.provider, purse.deployment, file, purse.nowSeconds);
    if (state === "sold" && input.flags.giveBack !== true) {
      throw new SrwanError("QUOTE_SOLD", `${path}: sold, so it can be cancelled no more`, {
        remedy: "Serve the buyer, or give the money back with --give-back.",
      });
    }
    const { hash } =
      state === "sold"
        ? await send(purse.contracts, "Ditex", "void", id)
        : await send(purse.contracts, "Ditex", "cancel", nonce >> 8n, 1n << (nonce & 255n));
    return {
      data: { quote: id, was: state, transaction: hash },
      text: () => (state === "sold" ? "The buyer has its money back." : `Nobody can buy ${path} any more.`),
    };
  });
}

/** Pays the seller of a deal whose window is over; anybody may. */
export function marketPay(input: Input): Promise<View> {
  const [path = ""] = input.arguments;
  return withPurse(input, async (purse) => {
    const file = readQuote(path, purse);
    const { id, amount } = await stateOfQuote(purse.provider, purse.deployment, file, purse.nowSeconds);
    const { hash } = await send(purse.contracts, "Ditex", "pay", id);
    return {
      data: { deal: id, amount, transaction: hash },
      text: () => `${file.quote.seller} has earned ${formatCoins(amount ?? 0n)}, less the fee.`,
    };
  });
}
