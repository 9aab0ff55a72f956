// Who may do what: rights of endpoints, and the roles that tokens have. Pure, for schemas name them.

/** Who may: anybody; any token; whoever changes the configuration; whoever runs the service; whoever settles accounts. */
export const RIGHTS = ["anybody", "read", "change", "operate", "settle"] as const;
export type Right = (typeof RIGHTS)[number];

export const ROLES_OF_CALLERS = ["viewer", "engineer", "operator", "settlement"] as const;
export type CallerRole = (typeof ROLES_OF_CALLERS)[number];

export const MAY: Readonly<Record<CallerRole, readonly Right[]>> = {
  viewer: ["read"],
  engineer: ["read", "change"],
  operator: ["read", "change", "operate", "settle"],
  settlement: ["read", "settle"],
};
