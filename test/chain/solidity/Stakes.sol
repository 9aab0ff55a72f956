// SPDX-License-Identifier: Apache-2.0
// Random stakes, votes and dividends; what validators and voters are owed, kept apart from the contracts.
pragma solidity 0.8.37;

import {Money} from "./Money.sol";
import {Actor} from "./Stage.sol";
import {DividendPool} from "../DividendPool.sol";
import {SettlementBatch} from "../Typed.sol";
import {ValidatorSet} from "../ValidatorSet.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";

abstract contract Stakes is Money {
    mapping(uint256 round => uint256) private _claimed;
    address[] private _signers;

    function join() internal {
        if (nextKey < keys.length) _seat(someone(), uint96(chance(1_500 * COIN)));
    }

    function _seat(Actor who, uint96 stake) internal {
        (bool ok,) = act(
            "join", who, address(sys.validators), abi.encodeCall(ValidatorSet.join, (keys[nextKey], stake))
        );
        if (!ok) return;
        _signers.push(keys[nextKey]);
        ++nextKey;
    }

    function addStake() internal {
        act("addStake", someone(), address(sys.validators), abi.encodeCall(ValidatorSet.addStake, (someAmount(100 * COIN))));
    }

    function stepDown() internal {
        if (chance(4) != 0 || sys.validators.seats() < 3) return;
        act("stepDown", someone(), address(sys.validators), abi.encodeCall(ValidatorSet.stepDown, ()));
    }

    function unbond() internal {
        Actor who = someone();
        (uint96 stake,, uint64 freeAt, bool seated,,) = sys.validators.validators(address(who));
        bool due = stake != 0 && !seated && freeAt != 0 && epoch() >= freeAt;
        (bool ok,) = act(
            "unbond", who, address(sys.validators), abi.encodeCall(ValidatorSet.unbond, (address(who)))
        );
        must(ok == due, "13: stake is free when its time has come, and not before");
    }

    function claimReward() internal {
        act("claimReward", someone(), address(sys.validators), abi.encodeCall(ValidatorSet.claimReward, ()));
    }

    function doubleSign() internal {
        if (_signers.length == 0 || chance(6) != 0) return;
        address signer = _signers[chance(_signers.length)];
        SettlementBatch memory a;
        a.epoch = epoch();
        SettlementBatch memory b = a;
        bytes memory first = signLong(secretOf[signer], sys.settlement.digest(a));
        b.fee = uint96(chance(8) == 0 ? 0 : 1);
        bytes memory second = signLong(secretOf[signer], sys.settlement.digest(b));
        a = SettlementBatch(b.epoch, 0, 0, 0, 0, 0, 0, 0);
        uint256 before = userClaims();
        (bool ok,) = act(
            "doubleSign",
            someone(),
            address(sys.validators),
            abi.encodeCall(ValidatorSet.reportDoubleSign, (a, first, b, second))
        );
        must(userClaims() == before, "13: slashing takes nothing out of the escrow");
        must(!ok || b.fee == 1, "13: only for two batches");
    }

    function delegateVotes() internal {
        act("delegate", someone(), address(sys.coin), abi.encodeCall(IVotes.delegate, (someAddress())));
    }

    function nominate() internal {
        uint256 round = block.timestamp / sys.dividends.ROUND_SECONDS() - 1;
        act(
            "nominate",
            someone(),
            address(sys.dividends),
            abi.encodeCall(DividendPool.nominate, (round, someAddress()))
        );
    }

    function drawRound() internal {
        uint256 round = block.timestamp / sys.dividends.ROUND_SECONDS() - 1 - chance(2);
        (bool ok,) =
            act("draw", someone(), address(sys.dividends), abi.encodeCall(DividendPool.draw, (round)));
        if (ok) drawnRounds.push(round);
    }

    function claim() internal {
        if (drawnRounds.length == 0) return;
        uint256 round = drawnRounds[drawnRounds.length - 1 - chance(drawnRounds.length < 3 ? drawnRounds.length : 3)];
        bytes memory data = chance(3) == 0
            ? abi.encodeCall(DividendPool.claimAsWallet, (round, chance(4)))
            : abi.encodeCall(DividendPool.claim, (round, chance(4)));
        (bool ok, bytes memory out) = act("claim", someone(), address(sys.dividends), data);
        if (!ok) return;
        _claimed[round] += abi.decode(out, (uint96));
        (uint96 pot,,,) = sys.dividends.rounds(round);
        must(_claimed[round] <= pot, "9: a round pays no more than its pot");
    }

    function closeRound() internal {
        if (drawnRounds.length == 0) return;
        uint256 round = drawnRounds[chance(drawnRounds.length)];
        act("close", someone(), address(sys.dividends), abi.encodeCall(DividendPool.close, (round)));
    }

    function checkStakes() internal view {
        uint256 stakes;
        uint256 seated;
        for (uint256 i = 0; i < ACTORS; ++i) {
            (uint96 stake,,, bool sits,,) = sys.validators.validators(address(actors[i]));
            stakes += stake;
            if (sits) seated += stake;
        }
        must(sys.coin.balanceOf(address(sys.validators)) == stakes, "13: stake is where the validators left it");
        must(sys.validators.seatedStake() == seated, "13: seats hold what their validators staked");
        must(
            sys.validators.owedTotal() <= sys.escrow.pools(address(sys.validators)),
            "9: validators are promised no more than their pool holds"
        );
    }

    function checkRounds() internal view {
        for (uint256 i = 0; i < drawnRounds.length; ++i) {
            uint256 round = drawnRounds[i];
            (uint96 pot,,, bool closed) = sys.dividends.rounds(round);
            uint256 owed = closed ? 0 : pot - _claimed[round];
            must(sys.escrow.pots(address(sys.dividends), round) == owed, "9: what a round owes is set aside");
        }
    }
}
