// The frame of a view: its title, what it is for, and which command and which calls of the API show the same.

import type { ComponentChildren } from "preact";

export type Source = { readonly cli?: string | readonly string[]; readonly api: readonly string[] };

export function Page({
  title,
  about,
  source,
  aside,
  children,
}: {
  readonly title: ComponentChildren;
  readonly about?: ComponentChildren;
  readonly source: Source;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          {about === undefined ? null : <p class="muted about">{about}</p>}
        </div>
        {aside === undefined ? null : <div class="page-aside">{aside}</div>}
      </header>
      {children}
      <Ways {...source} />
    </div>
  );
}

function Ways({ cli, api }: Source) {
  return (
    <footer class="ways">
      <span class="ways-title">The same elsewhere</span>
      {[cli ?? []].flat().map((one) => (
        <code key={one}>$ {one}</code>
      ))}
      {api.map((one) => (
        <code key={one}>{one}</code>
      ))}
    </footer>
  );
}

export function Card({
  title,
  aside,
  children,
  kind = "",
}: {
  readonly title?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly kind?: string;
}) {
  return (
    <section class={`card ${kind}`}>
      {title === undefined ? null : (
        <header class="card-head">
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}

export function Figure({
  name,
  value,
  unit,
  note,
  kind = "",
  href,
}: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly unit?: string;
  readonly note?: ComponentChildren;
  readonly kind?: string;
  readonly href?: string;
}) {
  const body = (
    <>
      <span class="figure-name">{name}</span>
      <span class="figure-value">
        {value}
        {unit === undefined ? null : <span class="figure-unit"> {unit}</span>}
      </span>
      {note === undefined ? null : <span class="figure-note">{note}</span>}
    </>
  );
  return href === undefined ? (
    <div class={`figure ${kind}`}>{body}</div>
  ) : (
    <a class={`figure ${kind}`} href={href}>
      {body}
    </a>
  );
}
