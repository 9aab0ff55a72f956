// Reading a configuration: elements down a path, every branch of it.

import { elementsOf, textAt, type XmlElement } from "../xml/element.ts";

/** Every element that a path of names leads to, from a list of roots. */
export function every(roots: readonly XmlElement[], ...path: readonly string[]): readonly XmlElement[] {
  const [first, ...rest] = path;
  const here = roots.filter(({ name }) => name === first);
  return rest.reduce<readonly XmlElement[]>(
    (all, name) => all.flatMap((one) => elementsOf(one).filter((child) => child.name === name)),
    here,
  );
}

/** Every element down a path below this one. */
export const below = (element: XmlElement, ...path: readonly string[]): readonly XmlElement[] =>
  every(elementsOf(element), ...path);

export const has = (element: XmlElement, name: string): boolean => elementsOf(element).some((one) => one.name === name);

/** A whole number; undefined for what is none. */
export function numberAt(element: XmlElement, ...path: readonly string[]): number | undefined {
  const text = textAt(element, ...path);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A counter: all its digits. */
export function counterAt(element: XmlElement, ...path: readonly string[]): bigint {
  const text = textAt(element, ...path);
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** What is undefined is left out: a field that is not said is not there. */
export function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
