// What a session needs of the world: octets both ways, and a way to make the other side wait. SSH is one; tests have one
// in memory.

export interface PipeListener {
  octets(octets: Uint8Array): void;
  /** Once; with the cause where there is one. */
  closed(cause?: Error): void;
}

export type Peer = {
  /** "192.0.2.1:830". */
  readonly address: string;
  readonly user: string;
  /** "SHA256:…", as it was checked. */
  readonly hostKey: string;
};

export interface Pipe {
  readonly peer: Peer;
  /** From now on; what came before is not lost. */
  listen(listener: PipeListener): void;
  write(text: string): void;
  pause(): void;
  resume(): void;
  close(): void;
}
