// What the chain verbs use, behind one import that is made when one of them runs: ethers takes longer to load than most
// verbs take to run.

export { readDeploy, readUp, readWhere } from "./options.ts";
export { deployTo, runChain, statusOf } from "./run.ts";
export { deployedText, statusText } from "./text.ts";
