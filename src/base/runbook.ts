// Where the page is that says what to do about a condition or a check: below docs/, wherever that is published. Pure.

/** `docs`: an address or a path, with a / at its end or without one. */
export const runbookOf = (condition: string, docs = "docs/"): string =>
  `${docs.replace(/\/*$/, "/")}runbooks/${condition}.md`;

/** All checks of the doctor are on one page, each under its name. */
export const checkRunbookOf = (check: string): string => `${runbookOf("doctor")}#${check.replaceAll(".", "")}`;
