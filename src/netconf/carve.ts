// Takes the elements at one path out of a stream of events and lets the rest go by, so that a reply of any size passes
// through bounded memory.

import type { XmlElement, XmlNode } from "./xml/element.ts";
import { TreeBuilder, type XmlEvents, type XmlOpen } from "./xml/read.ts";

export class Carver implements XmlEvents {
  readonly #path: readonly string[];
  readonly #builder: TreeBuilder;
  readonly #kept: XmlNode[] = [];
  #root: XmlOpen | undefined;
  /** Elements open, and how many of them lie on the path. */
  #depth = 0;
  #matched = 0;
  #keeping = false;

  /** Names from the children of the reply down: ["data", "interfaces", "interface"]. */
  constructor(path: readonly string[], emit: (element: XmlElement) => void) {
    this.#path = path;
    this.#builder = new TreeBuilder((element) => {
      if (this.#keeping) this.#kept.push(element);
      else emit(element);
      this.#keeping = false;
    });
  }

  open(element: XmlOpen): void {
    const level = this.#depth++;
    if (level === 0) this.#root = element;
    else if (this.#builder.depth > 0) this.#builder.open(element);
    else if (level === 1 && (element.name === "rpc-error" || element.name === "ok")) {
      this.#keeping = true;
      this.#builder.open(element);
    } else if (this.#matched === level - 1 && element.name === this.#path[level - 1]) {
      if (level === this.#path.length) this.#builder.open(element);
      else this.#matched++;
    }
  }

  text(text: string): void {
    if (this.#builder.depth > 0) this.#builder.text(text);
  }

  close(): void {
    const level = --this.#depth;
    if (this.#builder.depth > 0) this.#builder.close();
    else if (level > 0 && this.#matched >= level) this.#matched = level - 1;
  }

  /** The reply without what went by: its errors, or its ok. */
  get rest(): XmlElement | undefined {
    return this.#root && { ...this.#root, children: this.#kept };
  }
}
