// Names on the box: our prefix, then the name that the service knows. What bears it is ours; nothing else is.

export const PREFIX = "srwan-";
/** Between a policy and one of its paths; no name of ours holds it. */
const OF = ":";

export const onBox = (name: string): string => `${PREFIX}${name}`;
export const pathOnBox = (policy: string, path: string): string => `${PREFIX}${policy}${OF}${path}`;

export const isOurs = (name: string | undefined): name is string => name?.startsWith(PREFIX) === true;

/** undefined for what is not ours. */
export const fromBox = (name: string | undefined): string | undefined =>
  isOurs(name) && !name.includes(OF) ? name.slice(PREFIX.length) : undefined;

export function pathFromBox(name: string | undefined): { policy: string; path: string } | undefined {
  const [policy, path, more] = isOurs(name) ? name.slice(PREFIX.length).split(OF) : [];
  return policy === undefined || path === undefined || more !== undefined ? undefined : { policy, path };
}
