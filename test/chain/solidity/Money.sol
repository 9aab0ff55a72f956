// SPDX-License-Identifier: Apache-2.0
// Random deposits, caps, thaws and withdrawals; and the sum of everything.
pragma solidity 0.8.37;

import {Actor, Stage} from "./Stage.sol";
import {Escrow} from "../Escrow.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {FeeSplitter} from "../FeeSplitter.sol";

abstract contract Money is Stage {
    /// Sent to the escrow past its door: nobody's, and no reason to fail.
    uint256 internal donated;
    mapping(address consumer => uint96) internal highestCap;
    /// Rounds of dividends that have set money aside.
    uint256[] internal drawnRounds;
    uint96[ACTORS] private _earned;

    function deposit() internal {
        act("deposit", someone(), address(sys.escrow), abi.encodeCall(Escrow.deposit, (someAddress(), someAmount(500 * COIN))));
    }

    function setCap() internal {
        Actor who = someone();
        uint96 cap = uint96(chance(4) == 0 ? 0 : chance(60 * COIN));
        (bool ok,) = act("setCap", who, address(sys.escrow), abi.encodeCall(Escrow.setCap, (cap)));
        if (ok && cap > highestCap[address(who)]) highestCap[address(who)] = cap;
    }

    function thaw() internal {
        Actor who = someone();
        (uint96 free,,) = sys.escrow.accounts(address(who));
        act("thaw", who, address(sys.escrow), abi.encodeCall(Escrow.thaw, (someAmount(chance(3) == 0 ? free : free / 4))));
    }

    function stopThaw() internal {
        act("stopThaw", someone(), address(sys.escrow), abi.encodeCall(Escrow.stopThaw, ()));
    }

    function endThaw() internal {
        Actor who = someone();
        address to = someAddress();
        (uint96 amount, uint64 readyAt) = sys.escrow.thaws(address(who));
        uint256 before = sys.coin.balanceOf(to);
        (bool ok,) = act("endThaw", who, address(sys.escrow), abi.encodeCall(Escrow.endThaw, (to)));
        must(ok == (amount != 0 && block.timestamp >= readyAt), "7: what has thawed can be taken, and nothing sooner");
        if (ok) must(sys.coin.balanceOf(to) == before + amount, "7: a thaw pays what it says");
    }

    function register() internal {
        act("register", someone(), address(sys.escrow), abi.encodeCall(Escrow.register, ()));
    }

    function setThreshold() internal {
        act("setThreshold", someone(), address(sys.escrow), abi.encodeCall(Escrow.setThreshold, (uint96(chance(5 * COIN)))));
    }

    function withdraw() internal {
        Actor who = someone();
        address to = someAddress();
        (uint96 earned,,) = sys.escrow.earners(address(who));
        uint96 amount = someAmount(earned);
        uint256 before = sys.coin.balanceOf(to);
        (bool ok,) = act("withdraw", who, address(sys.escrow), abi.encodeCall(Escrow.withdraw, (to, amount)));
        must(ok == (amount != 0 && amount <= earned), "7: what is earned can be withdrawn at any time");
        if (!ok) return;
        must(sys.coin.balanceOf(to) == before + amount, "8: a withdrawal pays what it says");
        (uint96 left,,) = sys.escrow.earners(address(who));
        must(left + amount == earned, "8: a withdrawal takes what it says");
        _noteEarned();
    }

    function payOut() internal {
        Actor who = someone();
        (uint96 earned, uint96 threshold,) = sys.escrow.earners(address(who));
        uint256 before = sys.coin.balanceOf(address(who));
        (bool ok,) = act("payOut", someone(), address(sys.escrow), abi.encodeCall(Escrow.payOut, (address(who))));
        must(ok == (threshold != 0 && earned >= threshold), "7: a threshold that is reached pays");
        if (ok) must(sys.coin.balanceOf(address(who)) == before + earned, "8: a payout pays what was earned");
        if (ok) _noteEarned();
    }

    function donate() internal {
        uint96 amount = uint96(chance(COIN));
        (bool ok,) = act("donate", someone(), address(sys.coin), abi.encodeCall(IERC20.transfer, (address(sys.escrow), amount)));
        if (ok) donated += amount;
    }

    function paySubsidy() internal {
        act("paySubsidy", someone(), address(sys.fees), abi.encodeCall(FeeSplitter.paySubsidy, ()));
        must(sys.fees.subsidyPaid() <= sys.fees.scheduled(block.timestamp), "10: the subsidy keeps to its schedule");
        must(sys.fees.scheduled(block.timestamp) <= sys.fees.SUBSIDY(), "10: and ends with it");
    }

    function transferCoins() internal {
        Actor who = someone();
        uint256 amount = chance(sys.coin.balanceOf(address(who)) / 4 + 1);
        act("transfer", who, address(sys.coin), abi.encodeCall(IERC20.transfer, (someAddress(), amount)));
    }

    /// What all consumers and providers may claim, and what is bound for them.
    function userClaims() internal view returns (uint256 sum) {
        Escrow escrow = sys.escrow;
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint96 earned,,) = escrow.earners(address(actors[i]));
            sum += earned;
        }
        return sum + _deposits(escrow);
    }

    /// What is free, thawing or bound.
    function _deposits(Escrow escrow) private view returns (uint256 sum) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            address who = address(actors[i]);
            (uint96 free,,) = escrow.accounts(who);
            (uint96 thawing,) = escrow.thaws(who);
            sum += uint256(free) + thawing;
        }
        sum += escrow.reserved(address(sys.settlement));
        sum += escrow.reserved(address(sys.qos));
        sum += escrow.reserved(address(sys.ditex));
    }

    function checkBooks() internal {
        Escrow escrow = sys.escrow;
        uint256 owed = _deposits(escrow) + _checkEarned(escrow);
        owed += escrow.pools(address(sys.validators));
        owed += escrow.pools(address(sys.dividends));
        for (uint256 i = 0; i < drawnRounds.length; ++i) {
            owed += escrow.pots(address(sys.dividends), drawnRounds[i]);
        }
        must(sys.coin.balanceOf(address(escrow)) == owed + donated, "1: the escrow holds what it owes");
        must(sys.coin.totalSupply() == sys.coin.SUPPLY(), "1: nothing is minted");
    }

    /// After a withdrawal: from here on nobody's earnings may fall.
    function _noteEarned() internal {
        for (uint256 i = 0; i < ACTORS; ++i) {
            (_earned[i],,) = sys.escrow.earners(address(actors[i]));
        }
    }

    function _checkEarned(Escrow escrow) private returns (uint256 sum) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint96 earned,,) = escrow.earners(address(actors[i]));
            must(earned >= _earned[i], "8: earnings fall by withdrawal alone");
            _earned[i] = earned;
            sum += earned;
        }
    }

    /// Everybody leaves, and nobody helps: first everything thaws, later everything is taken.
    function exitBegin() external {
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint96 free,,) = sys.escrow.accounts(address(actors[i]));
            if (free == 0) continue;
            (bool ok,) = actors[i].act(address(sys.escrow), abi.encodeCall(Escrow.thaw, (free)));
            must(ok, "7: free money can always be sent on its way");
        }
    }

    function exitEnd() external returns (uint256 taken) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            address who = address(actors[i]);
            uint256 before = sys.coin.balanceOf(who);
            (uint96 thawed,) = sys.escrow.thaws(who);
            (uint96 earned,,) = sys.escrow.earners(who);
            if (thawed != 0) {
                (bool ok,) = actors[i].act(address(sys.escrow), abi.encodeCall(Escrow.endThaw, (who)));
                must(ok, "7: and taken when it has thawed");
            }
            if (earned != 0) {
                (bool ok,) = actors[i].act(address(sys.escrow), abi.encodeCall(Escrow.withdraw, (who, earned)));
                must(ok, "7: and what was earned too");
            }
            (uint96 free,,) = sys.escrow.accounts(who);
            must(free == 0, "7: nothing is left behind");
            must(sys.coin.balanceOf(who) == before + thawed + earned, "7: to the unit");
            taken += thawed + earned;
        }
    }
}
