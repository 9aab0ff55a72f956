// Why a connection of an agent ends before the agent ends it, in the words that it is told.

import { SrwanError } from "../../base/errors.ts";

export type Ending = { readonly why: string; readonly remedy: string };

export const endedBy = ({ why, remedy }: Ending): SrwanError => new SrwanError("AGENT_REFUSED", why, { remedy });
export const TAKEN_OVER: Ending = {
  why: "a newer connection of this POP took over",
  remedy: "Nothing is to be done, unless two machines have the same identity.",
};
export const WAS_REMOVED: Ending = {
  why: "this POP was removed",
  remedy: "Join again with a new token, if it is to come back.",
};
export const OTHER_IS_NEWER: Ending = {
  why: "this is not the newest connection of this POP, or it was removed",
  remedy: "Connect again: who may not is told why.",
};
export const CERTIFICATE_ENDED: Ending = {
  why: "its certificate has ended while it was connected",
  remedy: "Check its clock; join again with a new token and the same key.",
};
