// Fields narrower than an octet, and numbers told roughly: few bits for a wide range, each rounded by a known share.

export class BitWriter {
  readonly #octets: Uint8Array;
  #bit: number;

  constructor(octets: Uint8Array, at = 0) {
    this.#octets = octets;
    this.#bit = at * 8;
  }

  write(value: number, bits: number): void {
    for (let left = bits; left > 0; ) {
      const free = 8 - (this.#bit & 7);
      const take = Math.min(free, left);
      const part = Math.floor(value / 2 ** (left - take)) & ((1 << take) - 1);
      const index = this.#bit >> 3;
      this.#octets[index] = (this.#octets[index] ?? 0) | (part << (free - take));
      this.#bit += take;
      left -= take;
    }
  }
}

export class BitReader {
  readonly #octets: Uint8Array;
  #bit: number;

  constructor(octets: Uint8Array, bit = 0) {
    this.#octets = octets;
    this.#bit = bit;
  }

  /** Up to 32. */
  read(bits: number): number {
    const octets = this.#octets;
    const [at, skip] = [this.#bit >> 3, this.#bit & 7];
    this.#bit += bits;
    const window =
      (((octets[at] ?? 0) << 24) |
        ((octets[at + 1] ?? 0) << 16) |
        ((octets[at + 2] ?? 0) << 8) |
        (octets[at + 3] ?? 0)) >>>
      0;
    const rest = 32 - skip - bits;
    if (rest >= 0) return Math.floor(((window << skip) >>> 0) / 2 ** (32 - bits));
    // The last of its bits are in a fifth octet.
    const head = (window & (2 ** (32 - skip) - 1)) >>> 0;
    return head * 2 ** -rest + ((octets[at + 4] ?? 0) >> (8 + rest));
  }
}

/** Counts of `unit` as mantissa and exponent: exact while small, then rounded to one part in 2^(mantissa + 1) at worst. */
export type RoughScale = { readonly exponentBits: number; readonly mantissaBits: number; readonly unit: number };

export const roughBits = ({ exponentBits, mantissaBits }: RoughScale): number => exponentBits + mantissaBits;

export function roughValue(code: number, { mantissaBits, unit }: RoughScale): number {
  const exponent = code >> mantissaBits;
  const mantissa = code & (2 ** mantissaBits - 1);
  return unit * (exponent === 0 ? mantissa : (2 ** mantissaBits + mantissa) * 2 ** (exponent - 1));
}

/** The nearest code; what is larger than the scale holds becomes `largest`. */
export function roughCode(value: number, scale: RoughScale, largest = 2 ** roughBits(scale) - 1): number {
  const { mantissaBits, unit } = scale;
  const count = Math.max(0, Math.round(value / unit));
  if (count < 2 ** mantissaBits) return Math.min(count, largest);
  const exponent = Math.floor(Math.log2(count)) - mantissaBits + 1;
  // A mantissa that rounds up to the next power of two carries into the exponent by itself.
  const mantissa = Math.round(count / 2 ** (exponent - 1)) - 2 ** mantissaBits;
  return Math.min(exponent * 2 ** mantissaBits + mantissa, largest);
}

/** How far a told value may lie from the true one. */
export function roughErrorOf(code: number, scale: RoughScale): number {
  const exponent = code >> scale.mantissaBits;
  return (scale.unit * (exponent === 0 ? 1 : 2 ** (exponent - 1))) / 2;
}
