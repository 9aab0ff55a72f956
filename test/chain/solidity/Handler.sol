// SPDX-License-Identifier: Apache-2.0
// Draws random calls from a seed, many a transaction, and looks after each at what must always hold.
pragma solidity 0.8.37;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Escrow} from "../Escrow.sol";
import {Orders} from "./Orders.sol";
import {Actor, Stage} from "./Stage.sol";
import {Stakes} from "./Stakes.sol";
import {Traffic} from "./Traffic.sol";

contract Handler is Traffic, Orders, Stakes {
    constructor(System memory system, address[] memory keyAddresses) Stage(system, keyAddresses) {}

    /// @notice Everybody trusts the contracts with all its coins, and has the same; half of them validate.
    function begin(uint256 coinsEach) external {
        for (uint256 i = 0; i < ACTORS; ++i) {
            Actor who = actors[i];
            sys.coin.transfer(address(who), coinsEach);
            who.act(address(sys.coin), abi.encodeCall(IERC20.approve, (address(sys.escrow), type(uint256).max)));
            who.act(address(sys.coin), abi.encodeCall(IERC20.approve, (address(sys.validators), type(uint256).max)));
            who.act(address(sys.coin), abi.encodeCall(IVotes.delegate, (address(who))));
            who.act(address(sys.escrow), abi.encodeCall(Escrow.deposit, (address(who), uint96(1_000 * COIN))));
            if (i < 4) who.act(address(sys.escrow), abi.encodeCall(Escrow.register, ()));
            if (i % 2 == 0) _seat(who, uint96(1_000 * COIN));
        }
    }

    function run(uint256 seed, uint256 steps) external {
        seedChance(seed);
        for (uint256 i = 0; i < steps; ++i) {
            _step(chance(100));
            if (!changed) continue;
            changed = false;
            checkBooks();
        }
        checkStakes();
        checkRounds();
    }

    function _step(uint256 way) private {
        if (way < 50) _money(way);
        else _orders(way);
    }

    function _money(uint256 way) private {
        if (way < 4) deposit();
        else if (way < 6) setCap();
        else if (way < 8) thaw();
        else if (way < 9) stopThaw();
        else if (way < 11) endThaw();
        else if (way < 22) settle();
        else if (way < 30) escape();
        else if (way < 33) withdraw();
        else if (way < 34) payOut();
        else if (way < 35) setThreshold();
        else if (way < 36) register();
        else if (way < 37) donate();
        else if (way < 38) paySubsidy();
        else if (way < 40) transferCoins();
        else if (way < 43) challenge();
        else if (way < 46) answer();
        else if (way < 48) uphold();
        else delegateVotes();
    }

    function _orders(uint256 way) private {
        if (way < 51) registerRouter();
        else if (way < 57) openOrder();
        else if (way < 63) acceptOrder();
        else if (way < 65) failOrder();
        else if (way < 67) timeOutOrder();
        else if (way < 71) endOrder();
        else if (way < 76) buy();
        else if (way < 78) cancelQuotes();
        else if (way < 82) closeDeal();
        else if (way < 84) join();
        else if (way < 85) addStake();
        else if (way < 86) stepDown();
        else if (way < 88) unbond();
        else if (way < 89) claimReward();
        else if (way < 90) doubleSign();
        else if (way < 94) nominate();
        else if (way < 96) drawRound();
        else if (way < 99) claim();
        else closeRound();
    }
}
