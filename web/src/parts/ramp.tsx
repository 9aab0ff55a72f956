// What the colours of a heat map mean.

import { ABOUT, type Measure, ramp } from "./scale.ts";

export function Ramp({ measure, end }: { readonly measure: Measure; readonly end: number }) {
  const { name, unit, text } = ABOUT[measure];
  return (
    <div class="ramp">
      <span>
        {name}
        {unit === "" ? "" : `, ${unit}`}
      </span>
      <span class="number">{text(0)}</span>
      <span class="ramp-bar" style={{ backgroundImage: ramp() }} />
      <span class="number">{text(end)}</span>
      <span class="key key-better">relays are quicker</span>
      <span class="key key-hatch">not measured</span>
    </div>
  );
}
