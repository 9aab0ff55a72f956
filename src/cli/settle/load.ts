// What these verbs use, behind one import that is made when one of them runs.

export { audit } from "./audit.ts";
export { readMeter, runMeter } from "./meter.ts";
export { readSettle } from "./options.ts";
export { auditText, simulateText, statusText, ticketsText } from "./text.ts";
export { listTickets, simulate, submit } from "./work.ts";
