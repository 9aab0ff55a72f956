// Branded types: a number that is microseconds and a number that is milliseconds are both numbers to the machine,
// and must not be the same thing to the compiler.

declare const brand: unique symbol;

/** A `T` that can only be made by the function that checks it. Brands add up: a Sid is an Ipv6 too. */
export type Brand<T, Name extends string> = T & { readonly [brand]: { readonly [N in Name]: true } };
