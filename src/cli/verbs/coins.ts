// `srwan coins [POP]`: what accounts and POPs earned by relaying and applied to their own traffic, as the service has it.

import type { AccountView, PopCoinsView } from "../../wire/books.ts";
import type { Column } from "../output.ts";
import type { Context, Verb, View } from "../verb.ts";

const load = async (context: Context) => {
  const [{ ServiceClient }, { coinsText }, { table }, { time }] = await Promise.all([
    import("../service/client.ts"),
    import("../service/coins-text.ts"),
    import("../output.ts"),
    import("../service/say.ts"),
  ]);
  return { client: ServiceClient.of(context), coinsText, table, time };
};

export const coinsVerb: Verb = {
  name: "coins",
  summary: "coins that accounts and POPs earned and applied",
  about:
    "From the batches of the service's settlement: earned by relaying, applied to one's own traffic. UNDER WAY is of epochs " +
    "that are not settled yet. Of a POP it goes by the account in its record, epoch by epoch, with what that account has on " +
    "the chain. Asks for a token of role operator or settlement.",
  arguments: [
    { name: "pop", about: "of this one, by epoch; without it of every account", optional: true, live: "pop" },
  ],
  examples: [
    { command: "srwan coins", about: "every account, with the POPs that name it" },
    { command: "srwan coins sea -o json", about: "one POP, for a program" },
  ],
  run: (context, { arguments: [pop] }) => (pop === undefined ? ofAll(context) : ofPop(context, pop)),
};

async function ofAll(context: Context): Promise<View> {
  const { client, coinsText, table } = await load(context);
  const { note } = await client.get<{ note?: string }>("/api/v1/settlement/accounts?limit=1");
  const accounts = await client.all<AccountView>("/api/v1/settlement/accounts");
  const columns: Column<AccountView>[] = [
    { title: "ACCOUNT", cell: ({ account }) => account },
    { title: "POPS", cell: ({ pops }) => pops.join(",") },
    { title: "EARNED", cell: ({ earned }) => coinsText(earned) },
    { title: "APPLIED", cell: ({ applied }) => coinsText(applied) },
    { title: "UNDER WAY", cell: ({ earnedUnderWay }) => coinsText(earnedUnderWay), wide: true },
    { title: "APPLIED, UNDER WAY", cell: ({ appliedUnderWay }) => coinsText(appliedUnderWay), wide: true },
  ];
  return {
    data: accounts,
    text: (wide, screen) =>
      accounts.length === 0 ? (note ?? "Nobody earned or applied any yet.") : table(accounts, columns, wide, screen),
  };
}

async function ofPop(context: Context, pop: string): Promise<View> {
  const { client, coinsText, table, time } = await load(context);
  const coins = await client.get<PopCoinsView>(`/api/v1/pops/${encodeURIComponent(pop)}/coins`);
  type Payout = PopCoinsView["epochs"][number];
  const columns: Column<Payout>[] = [
    { title: "EPOCH", cell: ({ epoch }) => String(epoch) },
    { title: "BEGAN", cell: ({ fromMs }) => (fromMs === null ? "" : time(fromMs)) },
    { title: "STATE", cell: ({ state }) => state },
    { title: "EARNED", cell: ({ earned }) => coinsText(earned) },
    { title: "APPLIED", cell: ({ applied }) => coinsText(applied) },
  ];
  const { account, sharedWith, onChain, orders, note } = coins;
  const under = (amount: string): string => (amount === "0" ? "" : `, and ${coinsText(amount)} under way`);
  return {
    data: coins,
    text: (wide, screen) => {
      if (account === null) return `${note}.`;
      const lines = [
        `${pop}: ${account}${sharedWith.length === 0 ? "" : `, which is also that of ${sharedWith.join(", ")}`}`,
        `earned    ${coinsText(coins.earned)}${under(coins.earnedUnderWay)}`,
        `applied   ${coinsText(coins.applied)}${under(coins.appliedUnderWay)}`,
        ...(orders.open === 0 ? [] : [`ordered   ${coinsText(orders.amount)}, for ${orders.open} orders of priority`]),
        ...(onChain === null
          ? []
          : [`on chain  ${coinsText(onChain.earned)} to withdraw, ${coinsText(onChain.free)} free in the escrow`]),
        ...(note === "" ? [] : [`${note}.`]),
      ];
      return `${lines.join("\n")}\n${coins.epochs.length === 0 ? "" : `\n${table(coins.epochs, columns, wide, screen)}`}`;
    },
  };
}
