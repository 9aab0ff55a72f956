// Every verb there is. A verb's file imports nothing heavy at the top: what it needs is loaded when it runs, so that a
// hundred verbs cost `srwan --version` nothing.

import type { Verb } from "../verb.ts";
import { agentDiff, agentJoin, agentRun, agentStatus } from "./agent.ts";
import { bugreportVerb } from "./bugreport.ts";
import { chainDeploy, chainStatus, chainUp } from "./chain.ts";
import {
  commitsVerb,
  commitVerb,
  confirmVerb,
  diffVerb,
  policyDelete,
  policyList,
  policySet,
  rollbackVerb,
} from "./change.ts";
import { coinsVerb } from "./coins.ts";
import { completeVerb, completion } from "./completion.ts";
import { configShow } from "./config.ts";
import { controllerVerb } from "./controller.ts";
import { deviceApply, deviceDiff, deviceList, deviceRender, deviceSupports } from "./device.ts";
import { doctor, doctorEdge } from "./doctor.ts";
import { encode } from "./encode.ts";
import { help } from "./help.ts";
import { conditionsVerb, explainVerb, topVerb } from "./insight.ts";
import { journalReplay } from "./journal.ts";
import {
  labDemo,
  labDown,
  labExec,
  labFlow,
  labGraph,
  labImpair,
  labInspect,
  labKeeper,
  labRun,
  labUp,
} from "./lab.ts";
import { marketBuy, marketCancel, marketList, marketPay, marketQuote } from "./market.ts";
import { matrixVerb } from "./matrix.ts";
import {
  netconfCapabilities,
  netconfCommit,
  netconfEdit,
  netconfGet,
  netconfGetConfig,
  netconfReconcile,
  netconfRpc,
  netconfWatch,
} from "./netconf.ts";
import { pathsVerb } from "./paths.ts";
import { pingVerb, traceVerb } from "./ping.ts";
import { planCoverage } from "./plan.ts";
import { pulseReflect, pulseSend } from "./pulse.ts";
import { pulseJoin } from "./pulse-join.ts";
import { qosBuy, qosCancel, qosRegister, qosServe, qosStatus } from "./qos.ts";
import { quarantineList, quarantineRelease } from "./quarantine.ts";
import { routeApply, routeFlush, routePlan, routeShow, routeWatch } from "./route.ts";
import { meterVerb, settleAudit, settleSimulate, settleSubmit, ticketsVerb } from "./settle.ts";
import { sidNext, sidRetire, sidShow } from "./sid.ts";
import { signingOff, signingSet, signingShow } from "./signing.ts";
import { simulateVerb } from "./simulate.ts";
import { srhDecode } from "./srh.ts";
import { backupVerb, tokenCreate } from "./token.ts";
import { tokenList, tokenRevoke } from "./tokens.ts";
import { validatorVerb } from "./validator.ts";
import { dividendsClaimVerb, dividendsListVerb, dividendsNameVerb, voteVerb } from "./vote.ts";
import {
  escrowDeposit,
  escrowRegister,
  escrowStatus,
  escrowWithdraw,
  walletBalance,
  walletCreate,
  walletShow,
  walletTransfer,
} from "./wallet.ts";
import { eventsVerb, journalShow, popRemove, popsVerb, segmentsVerb, statusVerb } from "./wan.ts";

export const VERBS: readonly Verb[] = [
  doctor,
  doctorEdge,
  pathsVerb,
  simulateVerb,
  journalReplay,
  planCoverage,
  routePlan,
  routeApply,
  routeShow,
  routeWatch,
  routeFlush,
  agentJoin,
  agentRun,
  agentStatus,
  agentDiff,
  pingVerb,
  traceVerb,
  deviceRender,
  deviceSupports,
  deviceList,
  deviceDiff,
  deviceApply,
  pulseSend,
  pulseReflect,
  pulseJoin,
  matrixVerb,
  netconfCapabilities,
  netconfGet,
  netconfGetConfig,
  netconfEdit,
  netconfCommit,
  netconfRpc,
  netconfWatch,
  netconfReconcile,
  labUp,
  labDown,
  labInspect,
  labExec,
  labImpair,
  labRun,
  labDemo,
  labGraph,
  chainUp,
  chainDeploy,
  chainStatus,
  walletCreate,
  walletShow,
  walletBalance,
  walletTransfer,
  escrowDeposit,
  escrowWithdraw,
  escrowStatus,
  escrowRegister,
  marketList,
  marketQuote,
  marketBuy,
  marketPay,
  marketCancel,
  voteVerb,
  dividendsListVerb,
  dividendsNameVerb,
  dividendsClaimVerb,
  qosBuy,
  qosStatus,
  qosCancel,
  qosRegister,
  qosServe,
  sidShow,
  sidNext,
  sidRetire,
  encode,
  srhDecode,
  controllerVerb,
  validatorVerb,
  meterVerb,
  ticketsVerb,
  coinsVerb,
  settleSimulate,
  settleSubmit,
  settleAudit,
  backupVerb,
  tokenCreate,
  tokenList,
  tokenRevoke,
  statusVerb,
  conditionsVerb,
  explainVerb,
  topVerb,
  quarantineList,
  quarantineRelease,
  bugreportVerb,
  popsVerb,
  popRemove,
  segmentsVerb,
  policyList,
  policySet,
  policyDelete,
  diffVerb,
  commitVerb,
  confirmVerb,
  rollbackVerb,
  commitsVerb,
  signingShow,
  signingSet,
  signingOff,
  eventsVerb,
  journalShow,
  configShow,
  completion,
  help,
  completeVerb,
  labKeeper,
  labFlow,
];
