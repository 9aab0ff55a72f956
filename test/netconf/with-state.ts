// Stands before netconfd's subsystem and gives it what it has not: the state of SR policies, as a file says. Everything
// else passes both ways, message by message.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { FrameReader, frame } from "../../src/netconf/frame.ts";

export type PolicyState = { readonly color: number; readonly endpoint: string; readonly up: boolean };

const [file = "", command = "", ...args] = process.argv.slice(2);
const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
server.on("exit", (code) => process.exit(code ?? 1));
process.stdin.on("end", () => server.stdin.end());

/** Both sides speak base:1.1, so all but the hellos is in chunks. */
function messages(take: (text: string, isHello: boolean) => void): FrameReader {
  let parts: Buffer[] = [];
  let count = 0;
  const reader: FrameReader = new FrameReader({
    part: (octets) => void parts.push(Buffer.from(octets)),
    end: () => {
      const text = Buffer.concat(parts).toString("utf8");
      parts = [];
      if (count === 0) reader.useChunks();
      take(text, count++ === 0);
    },
  });
  return reader;
}

const OPER = "http://cisco.com/ns/yang/Cisco-IOS-XR-infra-xtc-agent-oper";

function stateFor(color: number): string {
  const all = JSON.parse(readFileSync(file, "utf8")) as PolicyState[];
  const found = all.filter((one) => one.color === color);
  const policies = found.map(
    ({ endpoint, up }) =>
      `<policy><color>${color}</color><destination-address><ipv6>${endpoint}</ipv6></destination-address>` +
      `<administrative-up>1</administrative-up><operational-up>${up ? 1 : 0}</operational-up>` +
      "<binding-sid><value><srv6sid>fcbb:bb00:2:f000::</srv6sid></value></binding-sid></policy>",
  );
  return `<xtc xmlns="${OPER}"><policies>${policies.join("")}</policies></xtc>`;
}

const fromServer = messages((text, isHello) => process.stdout.write(frame(text, !isHello)));
const fromClient = messages((text, isHello) => {
  const asked = /<get>.*<(?:\w+:)?xtc\b.*<(?:\w+:)?color[^>]*>(\d+)</s.exec(text);
  if (asked === null) {
    server.stdin.write(frame(text, !isHello));
    return;
  }
  const id = /message-id="([^"]*)"/.exec(text)?.[1];
  const reply = `<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="${id}"><data>${stateFor(Number(asked[1]))}</data></rpc-reply>`;
  process.stdout.write(frame(reply, true));
});
server.stdout.on("data", (octets: Buffer) => fromServer.push(octets));
process.stdin.on("data", (octets: Buffer) => fromClient.push(octets));
