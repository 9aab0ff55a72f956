// A policy of the candidate as a form, and the POPs that are drained. What the form does not know it leaves as it was.

import { useState } from "preact/hooks";
import type { PolicySpec, WanConfig } from "../base/types.ts";

const INTENTS = ["lowest-latency", "cheapest", "highest-throughput", "redundant"] as const;

type Props = {
  readonly config: WanConfig;
  readonly pops: readonly string[];
  readonly onPut: (policy: PolicySpec) => Promise<boolean>;
  readonly onDelete: (name: string) => void;
  /** Without a reason: no longer. */
  readonly onDrain: (pop: string, why: string | undefined) => void;
};

type Fields = {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly prefixes: string;
  readonly intent: string;
  readonly maxDelayMs: string;
  readonly never: string;
  readonly improve: boolean;
};

const EMPTY: Fields = {
  name: "",
  from: "",
  to: "",
  prefixes: "",
  intent: "lowest-latency",
  maxDelayMs: "",
  never: "",
  improve: false,
};

const fieldsOf = ({ name, from, to, prefixes, intent, maxDelayUs, never, improve }: PolicySpec): Fields => ({
  name,
  from,
  to,
  prefixes: prefixes?.join(" ") ?? "",
  intent: intent ?? "lowest-latency",
  maxDelayMs: maxDelayUs === undefined ? "" : String(maxDelayUs / 1_000),
  never: never?.join(" ") ?? "",
  improve: improve ?? false,
});

const words = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== "");

function specOf(fields: Fields, before: PolicySpec | undefined): PolicySpec {
  const { prefixes: _p, maxDelayUs: _d, never: _n, improve: _i, ...rest } = before ?? { name: "", from: "", to: "" };
  const [prefixes, never] = [words(fields.prefixes), words(fields.never)];
  return {
    ...rest,
    name: fields.name,
    from: fields.from,
    to: fields.to,
    intent: INTENTS.find((one) => one === fields.intent) ?? "lowest-latency",
    ...(prefixes.length === 0 ? {} : { prefixes }),
    ...(never.length === 0 ? {} : { never }),
    ...(fields.maxDelayMs === "" ? {} : { maxDelayUs: Math.round(Number(fields.maxDelayMs) * 1_000) }),
    ...(fields.improve ? { improve: true } : {}),
  };
}

export function PolicyForm({ config, pops, onPut, onDelete, onDrain }: Props) {
  const [fields, setFields] = useState<Fields>(EMPTY);
  const before = config.policies.find(({ name }) => name === fields.name);
  const set = (field: keyof Fields) => (event: { readonly currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    setFields({ ...fields, [field]: event.currentTarget.value });
  const choose = (name: string) => {
    const found = config.policies.find((one) => one.name === name);
    setFields(found === undefined ? EMPTY : fieldsOf(found));
  };
  const popChoice = (field: "from" | "to", label: string) => (
    <label>
      {label}
      <select required value={fields[field]} onChange={set(field)}>
        <option value="">choose</option>
        {pops.map((pop) => (
          <option key={pop}>{pop}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void onPut(specOf(fields, before));
        }}
      >
        <label>
          Policy
          <select value={before?.name ?? ""} onChange={({ currentTarget: { value } }) => choose(value)}>
            <option value="">a new one</option>
            {config.policies.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Name
          <input
            required
            pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*"
            maxLength={63}
            value={fields.name}
            onInput={set("name")}
          />
        </label>
        <div class="form-row">
          {popChoice("from", "From")}
          {popChoice("to", "To")}
        </div>
        <label>
          Destinations
          <input placeholder="2001:db8:f::/48 203.0.113.0/24" value={fields.prefixes} onInput={set("prefixes")} />
        </label>
        <div class="form-row">
          <label>
            Intent
            <select value={fields.intent} onChange={set("intent")}>
              {INTENTS.map((one) => (
                <option key={one} value={one}>
                  {one.replace("-", " ")}
                </option>
              ))}
            </select>
          </label>
          <label>
            At most, ms
            <input type="number" min="0" step="any" value={fields.maxDelayMs} onInput={set("maxDelayMs")} />
          </label>
        </div>
        <label>
          Never through
          <input placeholder="pop:chi transit:alder country:CA" value={fields.never} onInput={set("never")} />
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={fields.improve}
            onChange={({ currentTarget: { checked } }) => setFields({ ...fields, improve: checked })}
          />
          Leave a default that is well for a better path
        </label>
        <div class="buttons">
          <button type="submit">Put into the candidate</button>
          {before === undefined ? null : (
            <button type="button" onClick={() => onDelete(before.name)}>
              Remove {before.name}
            </button>
          )}
        </div>
      </form>
      <Drains config={config} pops={pops} onDrain={onDrain} />
    </>
  );
}

function Drains({ config, pops, onDrain }: Pick<Props, "config" | "pops" | "onDrain">) {
  const [pop, setPop] = useState("");
  const [why, setWhy] = useState("");
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onDrain(pop, why);
        setPop("");
      }}
    >
      <h3>Drained for maintenance</h3>
      {config.maintenance.map((one) => (
        <p key={one.pop} class="drained">
          <strong>{one.segments?.join(", ") ?? one.pop}</strong> {one.why}{" "}
          <button type="button" class="small" onClick={() => onDrain(one.pop, undefined)}>
            End
          </button>
        </p>
      ))}
      <div class="form-row">
        <label>
          POP to drain
          <select required value={pop} onChange={({ currentTarget: { value } }) => setPop(value)}>
            <option value="">choose</option>
            {pops.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          Reason
          <input value={why} onInput={({ currentTarget: { value } }) => setWhy(value)} />
        </label>
      </div>
      <div class="buttons">
        <button type="submit">Drain in the candidate</button>
      </div>
    </form>
  );
}
