// How a user proves who they are: keys, then an agent, then a password. A key that cannot be used is an error here, not
// one way less to log in.

import type { AnyAuthMethod, AuthHandlerMiddleware } from "ssh2";
import ssh2 from "ssh2";
import { SrwanError } from "../base/errors.ts";
import { readFile } from "../base/file.ts";

export type SshKey = { readonly text: string; readonly passphrase?: string };

/** Tried in this order. */
export type SshAuth = {
  readonly keys?: readonly SshKey[];
  /** The socket of an SSH agent. */
  readonly agent?: string;
  readonly password?: string;
};

const KEY_MAX_OCTETS = 65_536;

/** A private key from its file, looked at before anybody is connected to. */
export function readKey(path: string, passphrase?: string): SshKey {
  const text = readFile(path, KEY_MAX_OCTETS).toString("utf8");
  const key = ssh2.utils.parseKey(text, passphrase);
  if (key instanceof Error) {
    throw new SrwanError("VALUE_INVALID", `${path} cannot be used as a key: ${key.message}`, {
      remedy: /passphrase|encrypted/i.test(key.message) ? "Put the key into an agent." : "Name a private key.",
    });
  }
  if (key.isPrivateKey()) return passphrase === undefined ? { text } : { text, passphrase };
  throw new SrwanError("VALUE_INVALID", `${path} is a public key`, { remedy: "Name the private key beside it." });
}

/** `who` is asked when the host key has been taken. */
export function authHandler(who: () => { readonly user: string; readonly auth: SshAuth }): AuthHandlerMiddleware {
  let methods: AnyAuthMethod[] | undefined;
  return (left, _partial, next) => {
    const { user, auth } = who();
    methods ??= methodsOf(user, auth);
    for (let method = methods.shift(); method; method = methods.shift()) {
      const type = method.type === "agent" ? "publickey" : method.type;
      // Before the first try it is not known what the device takes.
      if ((left as readonly string[] | null) === null || left.includes(type)) return next(method);
    }
    return next(false as unknown as AnyAuthMethod);
  };
}

function methodsOf(username: string, { keys = [], agent, password }: SshAuth): AnyAuthMethod[] {
  return [
    ...keys.map(({ text, passphrase }): AnyAuthMethod => {
      const key = { type: "publickey", username, key: text } as const;
      return passphrase === undefined ? key : { ...key, passphrase };
    }),
    ...(agent === undefined ? [] : [{ type: "agent", username, agent } as const]),
    ...(password === undefined
      ? []
      : [
          { type: "password", username, password } as const,
          // Routers ask for the password in this way, too.
          {
            type: "keyboard-interactive",
            username,
            prompt: (_name, _instructions, _language, prompts, finish) =>
              finish(prompts.map(({ echo }) => (echo ? "" : password))),
          } satisfies AnyAuthMethod,
        ]),
  ];
}
