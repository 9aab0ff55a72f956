// What a keeper and the runner that started it say to each other while the lab is built: a JSON line each.

/** After "up" the keeper writes none. */
export type KeeperLine =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "up"; readonly warnings: readonly string[] }
  | { readonly kind: "failed"; readonly error: Record<string, unknown> };

/** What the runner answers to "up". Until then the lab is the runner's: if that is gone, so is the keeper. */
export const SETTLED = "settled";
