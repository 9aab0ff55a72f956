// What the guest says on its console: one JSON object a line among whatever a kernel prints. Shared by init.sh (which
// writes such lines by hand), the entry in test/vm, and the layer that counts them.

export type Told =
  /** Booting has come so far. */
  | { readonly vm: "phase"; readonly name: string; readonly upS: number }
  | { readonly vm: "pass"; readonly test: string; readonly ms: number }
  | { readonly vm: "fail"; readonly test: string; readonly ms: number; readonly why: string }
  | { readonly vm: "skip"; readonly test: string; readonly why: string }
  /** Every test was told; a line that was lost shows in the number. */
  | { readonly vm: "end"; readonly tests: number }
  | { readonly vm: "exit"; readonly code: number };

export const tellLine = (told: Told): string => `${JSON.stringify(told)}\n`;

/** The message of a line, or nothing where the line is the kernel's or a tool's. */
export function readLine(line: string): Told | undefined {
  const start = line.indexOf('{"vm":');
  if (start < 0) return undefined;
  try {
    return JSON.parse(line.slice(start)) as Told;
  } catch {
    return undefined;
  }
}
