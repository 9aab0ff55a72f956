// What the chain settled of an epoch beside what was made of it here; pure.

/** Of the chain or of the store: the batch as it was signed, in texts. */
export type ChunkText = { readonly epoch: number; readonly chunk: number; readonly batch: string };

type Words = Readonly<Record<string, string>>;
const wordsOf = ({ batch }: ChunkText): Words => JSON.parse(batch) as Words;

/** Whether the chain holds every chunk of the epoch. */
export const isWhole = (chain: readonly ChunkText[]): boolean => {
  const [first] = chain;
  return first !== undefined && chain.length === Number(wordsOf(first).chunks);
};

/**
 * Where the two differ, in words; undefined where they do not. An epoch of which the chain holds nothing contradicts
 * nothing, and of one that stayed incomplete each chunk that is there counts.
 */
export function differsFrom(chain: readonly ChunkText[], made: readonly ChunkText[]): string | undefined {
  const [first] = chain;
  if (first === undefined) return undefined;
  const chunks = wordsOf(first).chunks;
  if (String(made.length) !== chunks) return `it comes to chunks ${made.length}, and the chain holds ${chunks}`;
  const mine = new Map(made.map((one) => [one.chunk, wordsOf(one)]));
  for (const one of chain) {
    const [theirs, ours] = [wordsOf(one), mine.get(one.chunk)];
    // The attempt is the chain's own word: whoever makes it again takes it from there.
    const field = Object.keys(theirs).find((name) => theirs[name] !== ours?.[name]);
    if (field !== undefined) {
      return `chunk ${one.chunk}: it comes to ${field} ${ours?.[field] ?? "none"}, and the chain holds ${theirs[field]}`;
    }
  }
  return undefined;
}

/** Under which attempt the chain settled it; the first where it settled nothing. */
export const attemptOn = ([first]: readonly ChunkText[]): number =>
  first === undefined ? 0 : Number(wordsOf(first).attempt);

/** Whether chunks are of the batch whose root of tickets and number of chunks the chain holds. */
export function isOf(ticketsRoot: string, chunks: number, made: readonly ChunkText[]): boolean {
  return made.length === chunks && made.every((one) => wordsOf(one).ticketsRoot === ticketsRoot);
}
