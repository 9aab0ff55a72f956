// The address: #/view/name?field=value. It names what is shown, so that it can be sent to somebody.

import { useCallback, useEffect, useState } from "preact/hooks";

export type Route = {
  readonly view: string;
  readonly name: string | undefined;
  readonly fields: URLSearchParams;
};

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", name] = path.split("/").map(decodeURIComponent);
  return { view, name: name === "" ? undefined : name, fields: new URLSearchParams(query) };
}

export const linkTo = (
  view: string,
  name?: string,
  fields: Readonly<Record<string, string | undefined>> = {},
): string => {
  const given = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = new URLSearchParams(given).toString();
  return `#/${view}${name === undefined ? "" : `/${encodeURIComponent(name)}`}${query === "" ? "" : `?${query}`}`;
};

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return readRoute(hash);
}

/** One field of the address; setting it adds no step to the way back. */
export function useField(field: string, otherwise: string): readonly [string, (value: string | undefined) => void] {
  const { fields } = useRoute();
  const set = useCallback(
    (value: string | undefined) => {
      const { view, name, fields: now } = readRoute(location.hash);
      const next = Object.fromEntries(now);
      if (value === undefined) delete next[field];
      else next[field] = value;
      history.replaceState(null, "", linkTo(view, name, next));
      dispatchEvent(new HashChangeEvent("hashchange"));
    },
    [field],
  );
  return [fields.get(field) ?? otherwise, set];
}
