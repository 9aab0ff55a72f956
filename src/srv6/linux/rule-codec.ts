// Policy routing rules as RTM_NEWRULE and RTM_DELRULE say them (linux/fib_rules.h).

import type { Family, Prefix } from "../address.ts";
import type { KernelRule } from "./objects.ts";
import { afOf, familyOf } from "./route-codec.ts";
import { FLAG, type Message, type Reader, type Writer } from "./wire.ts";

export const FRM = { newRule: 32, deleteRule: 33, getRule: 34 } as const;
const FRA = { dst: 1, src: 2, iif: 3, priority: 6, mark: 10, table: 15, mask: 16, protocol: 21 } as const;
const TO_TABLE = 1;
const RULE_HEADER = 12;

export function writeRule(writer: Writer, change: "add" | "delete", rule: KernelRule, sequence: number): void {
  const adding = change === "add";
  writer.begin(
    adding ? FRM.newRule : FRM.deleteRule,
    FLAG.request | (adding ? FLAG.create | FLAG.exclusive : 0),
    sequence,
  );
  writer
    .u8(afOf(rule.family))
    .u8(rule.destination?.length ?? 0)
    .u8(rule.source?.length ?? 0)
    .u8(0);
  writer
    .u8(rule.table < 256 ? rule.table : 0)
    .u16(0)
    .u8(TO_TABLE)
    .u32(0);
  writer.attributeU32(FRA.priority, rule.priority);
  if (rule.source) writePrefix(writer, FRA.src, rule.source);
  if (rule.destination) writePrefix(writer, FRA.dst, rule.destination);
  if (rule.inputDevice !== undefined) writer.attributeText(FRA.iif, rule.inputDevice);
  if (rule.mark !== undefined) writer.attributeU32(FRA.mark, rule.mark);
  if (rule.mask !== undefined) writer.attributeU32(FRA.mask, rule.mask);
  writer.attributeU32(FRA.table, rule.table);
  writer.attributeU8(FRA.protocol, rule.protocol);
  writer.end();
}

const writePrefix = (writer: Writer, type: number, prefix: Prefix): Writer =>
  writer.attributeAddress(type, prefix.address, prefix.family === 6 ? 16 : 4);

export function writeRuleDump(writer: Writer, family: Family, sequence: number): void {
  writer.begin(FRM.getRule, FLAG.request | FLAG.dump, sequence);
  writer
    .u8(afOf(family))
    .bytes(new Uint8Array(RULE_HEADER - 1))
    .end();
}

/** A rule that leads to a table, or nothing: other actions are not ours. */
export function readRule(message: Message): KernelRule | undefined {
  const { payload } = message;
  const family = familyOf(payload.u8(0));
  if (family === undefined || payload.u8(7) !== TO_TABLE) return undefined;
  const found = payload.attributes(RULE_HEADER);
  const number = <Name extends string>(name: Name, type: number): { [N in Name]?: number } =>
    found.has(type) ? ({ [name]: (found.get(type) as Reader).u32() } as { [N in Name]?: number }) : {};
  const prefix = (type: number, length: number): Prefix | undefined => {
    const address = found.get(type);
    return address ? { family, address: address.address(), length } : undefined;
  };
  const source = prefix(FRA.src, payload.u8(2));
  const destination = prefix(FRA.dst, payload.u8(1));
  const iif = found.get(FRA.iif)?.text();
  return {
    kind: "rule",
    family,
    priority: found.get(FRA.priority)?.u32() ?? 0,
    table: found.get(FRA.table)?.u32() ?? payload.u8(4),
    protocol: found.get(FRA.protocol)?.u8() ?? 0,
    ...number("mark", FRA.mark),
    ...number("mask", FRA.mask),
    ...(iif === undefined ? {} : { inputDevice: iif }),
    ...(source ? { source } : {}),
    ...(destination ? { destination } : {}),
  };
}
