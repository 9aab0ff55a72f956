// The real switches of this process's network namespace, under /proc/sys.

import { readFileSync, writeFileSync } from "node:fs";
import type { Settings } from "./port.ts";

export const procSettings: Settings = {
  read: (name) => {
    try {
      return Number(readFileSync(path(name), "utf8"));
    } catch {
      return undefined;
    }
  },
  write: (name, value) => {
    try {
      writeFileSync(path(name), `${value}\n`);
      return 0;
    } catch (error) {
      return Math.abs((error as NodeJS.ErrnoException).errno ?? 1);
    }
  },
};

/** As sysctl takes it: dots, or slashes where a part holds dots itself (eth0.100). */
const path = (name: string): string => `/proc/sys/${name.includes("/") ? name : name.replaceAll(".", "/")}`;
