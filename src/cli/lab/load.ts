// What most lab verbs use, behind one import that is made when one of them runs. Nothing here reads topology files: their
// schema takes longer to load than the verbs take to run.

export { RealClock } from "../../base/clock.ts";
export { askKeeper } from "../../lab/net/control.ts";
export { labDown } from "../../lab/net/down.ts";
export { allFolders, findFolder, recordOf, refuseWhileMaking } from "../../lab/net/folder.ts";
export { inspectLab } from "../../lab/net/inspect.ts";
export { execInNode, interrupted, readImpair, selfWords } from "./input.ts";
export { directionsText, listText, stateText, upText } from "./text.ts";
