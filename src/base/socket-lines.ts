// Lines of a socket, bounded. Not node:readline: that throws a socket's errors at whoever listens for lines.

import type { Socket } from "node:net";

export function onLine(socket: Socket, maxOctets: number, take: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (more: string) => {
    const lines = (rest + more).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxOctets) socket.destroy(new Error("a line without an end"));
    for (const line of lines) take(line);
  });
}
