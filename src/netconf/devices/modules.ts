// What a router announced against what an intent needs: from the URIs of its hello, or from its YANG library (RFC 8525,
// and RFC 7895 before it), which newer boxes announce in their place.

import type { Capabilities, YangModule } from "../capabilities.ts";
import { childrenNamed, elementsOf, textAt, textOf, type XmlElement } from "../xml/element.ts";
import type { ModuleNeed, Reason } from "./family.ts";

export type DeviceCapabilities = {
  readonly modules: ReadonlyMap<string, YangModule>;
  readonly candidate: boolean;
  readonly confirmedCommit: boolean;
  /** A confirmed commit that another session may confirm or cancel. */
  readonly persist: boolean;
  readonly validate: boolean;
  readonly rollbackOnError: boolean;
};

export function deviceCapabilities(hello: Capabilities, library: readonly XmlElement[] = []): DeviceCapabilities {
  const all = [...hello.modules, ...library.flatMap(modulesOfLibrary)];
  return {
    modules: new Map(all.map((one) => [one.name, one])),
    candidate: hello.has("candidate"),
    confirmedCommit: hello.has("confirmed-commit"),
    persist: hello.has("confirmed-commit", "1.1"),
    validate: hello.has("validate"),
    rollbackOnError: hello.has("rollback-on-error"),
  };
}

/** yang-library/module-set/module, or modules-state/module of the older form. */
function modulesOfLibrary(library: XmlElement): YangModule[] {
  const lists = library.name === "yang-library" ? childrenNamed(library, "module-set") : [library];
  return lists
    .flatMap((list) => elementsOf(list).filter(({ name }) => name === "module"))
    .map((module) => {
      const texts = (name: string) => childrenNamed(module, name).map((one) => textOf(one).trim());
      const deviations = childrenNamed(module, "deviation").map((one) => textAt(one, "name") ?? textOf(one).trim());
      return {
        name: textAt(module, "name") ?? "",
        ns: textAt(module, "namespace") ?? "",
        revision: textAt(module, "revision") || undefined,
        features: texts("feature"),
        deviations,
      };
    });
}

/** Nothing where the box announces no modules at all: a Junos box that is not told to does not. */
export function lacking(needs: readonly ModuleNeed[], { modules }: DeviceCapabilities): Reason[] {
  if (modules.size === 0) return [];
  return needs.flatMap(({ name, features = [], revision }) => {
    const found = modules.get(name);
    const why = (text: string): Reason[] => [{ field: "kind", why: text }];
    if (found === undefined) return why(`the router does not announce the module ${name}`);
    const without = features.filter((feature) => !found.features.includes(feature));
    if (without.length > 0) return why(`its module ${name} is without the feature ${without.join(", ")}`);
    if (revision !== undefined && found.revision !== undefined && found.revision < revision) {
      return why(`its module ${name} is of ${found.revision}; ${revision} or newer is needed`);
    }
    return [];
  });
}
