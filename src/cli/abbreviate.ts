// Verbs shortened at a prompt: `srwan doc` is `srwan doctor`, as on a router. Only on a terminal: a script that leans on
// a short form would break the day a new verb shares its beginning.

/** The words with each leading verb word completed where exactly one verb begins like it; the rest is left alone. */
export function expandVerb(words: readonly string[], verbNames: readonly string[]): string[] {
  const expanded = [...words];
  let tree = verbNames.map((name) => name.split(" "));
  let depth = 0;
  for (const [i, word] of words.entries()) {
    if (word.startsWith("-")) break;
    const here = [...new Set(tree.flatMap((path) => path[depth] ?? []))];
    const full = here.includes(word) ? word : only(here.filter((candidate) => candidate.startsWith(word)));
    if (full === undefined) break;
    expanded[i] = full;
    tree = tree.filter((path) => path[depth] === full);
    depth++;
  }
  return expanded;
}

const only = (found: readonly string[]): string | undefined => (found.length === 1 ? found[0] : undefined);
