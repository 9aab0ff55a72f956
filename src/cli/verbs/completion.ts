// `srwan completion SHELL`: a small script for the shell that asks `srwan __complete` at each tab.

import { awaited, complete } from "../complete.ts";
import type { Verb } from "../verb.ts";

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_srwan() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _srwan srwan
`,
  zsh: `#compdef srwan
_srwan() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _srwan srwan
`,
  fish: `function __srwan_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c srwan -a '(__srwan_complete)'
`,
};

/** "" for a shell that it is not written for. */
export const completionScript = (shell: string): string => SCRIPTS[shell] ?? "";

export const completion: Verb = {
  name: "completion",
  summary: "print a completion script for your shell",
  about:
    "The script asks srwan itself at each tab, so it never falls behind the version that is installed. Names of POPs, policies " +
    "and groups come from the service; where it does not answer at once, there are none.",
  arguments: [{ name: "shell", about: "bash, zsh or fish", choices: Object.keys(SCRIPTS) }],
  examples: [
    { command: "srwan completion bash > /etc/bash_completion.d/srwan", about: "for everybody on this machine" },
    { command: "source <(srwan completion bash)", about: "for this shell only" },
  ],
  run: async (_context, { arguments: [shell = ""] }) => {
    const script = completionScript(shell);
    return { data: { shell, script }, text: () => script };
  },
};

export const completeVerb: Verb = {
  name: "__complete",
  summary: "candidates for the word being typed",
  about: "Asked by the completion scripts.",
  arguments: [{ name: "words", about: "the words of the line", optional: true, variadic: true }],
  examples: [],
  hidden: true,
  run: async (context, { arguments: words }) => {
    const { live } = awaited(words, context.verbs);
    const names = live === undefined ? [] : await (await import("../service/live-names.ts")).liveNames(context, live);
    const candidates = complete(words, context.verbs, names);
    return { data: candidates, text: () => candidates.map((candidate) => `${candidate}\n`).join("") };
  },
};
