// What the verbs of coins use, behind one import that is made when one of them runs.

export * from "./dividends.ts";
export * from "./market.ts";
export * from "./wallet.ts";
