// The worked examples of a page: each block of code with the block of output that follows it.

export type WorkedExample = { readonly title: string; readonly code: string; readonly output: string };

export function workedExamples(page: string): WorkedExample[] {
  const pattern = /^## ([^\n]+)\n(?:(?!^## )[\s\S])*?^```ts\n([\s\S]*?)^```\n+```text\n([\s\S]*?)^```$/gm;
  return [...page.matchAll(pattern)].map(([, title = "", code = "", output = ""]) => ({ title, code, output }));
}
