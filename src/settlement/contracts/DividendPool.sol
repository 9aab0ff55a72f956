// SPDX-License-Identifier: Apache-2.0
// Three quarters of the fees, in rounds: to the wallets with most votes and to those who voted for them.
pragma solidity 0.8.37;

import {Escrow} from "./Escrow.sol";
import {SegmentCoin} from "./SegmentCoin.sol";

/// @title DividendPool
/// @notice Round r looks at two seconds of its time, the middle and the last; what counts is the lesser of both, so that
/// votes borrowed for a moment count nothing. After it anybody nominates wallets for the list, then the round is drawn, then
/// everybody claims. What is not claimed in time goes into later rounds. A vote moves no coin.
contract DividendPool {
    struct Round {
        uint96 pot;
        uint96 weight;
        bool drawn;
        bool closed;
    }

    /// @notice Wallets that a round pays.
    uint256 public constant TOP = 10;
    /// @notice A claim may come so many rounds after its own.
    uint256 public constant CLAIM_ROUNDS = 8;
    /// @notice Millionths of a wallet's part that it keeps; its voters share the rest.
    uint256 public constant WALLET_PPM = 200_000;
    uint256 private constant MILLION = 1_000_000;

    SegmentCoin public immutable COIN;
    Escrow public immutable ESCROW;
    uint256 public immutable ROUND_SECONDS;

    mapping(uint256 round => Round) public rounds;
    /// @notice Words of `weight << 160 | wallet`, falling.
    mapping(uint256 round => uint256[TOP]) private _top;
    /// A bit a round.
    mapping(address voter => mapping(uint256 word => uint256)) private _voterPaid;
    mapping(address wallet => mapping(uint256 word => uint256)) private _walletPaid;

    event Nominated(uint256 indexed round, address indexed wallet, uint96 weight);
    event Drawn(uint256 indexed round, uint96 pot, uint256 weight);
    event Claimed(uint256 indexed round, address indexed claimant, address indexed wallet, bool asWallet, uint96 amount);
    event Closed(uint256 indexed round, uint96 left);

    error RoundRuns(uint256 round);
    error NominationOver(uint256 round);
    error NominationRuns(uint256 round);
    error NominatedAlready(address wallet);
    error WeightTooLow(address wallet, uint256 weight);
    error DrawnAlready(uint256 round);
    error NotDrawn(uint256 round);
    error NoWeight(uint256 round);
    error ClaimedAlready(uint256 round, address claimant);
    error ClaimOver(uint256 round);
    error ClaimRuns(uint256 round);
    error NotInTop(uint256 round, uint256 place);

    constructor(SegmentCoin coin, Escrow escrow, uint256 roundSeconds) {
        COIN = coin;
        ESCROW = escrow;
        ROUND_SECONDS = roundSeconds;
    }

    /// @notice The two seconds that a round looks at.
    function snapshots(uint256 round) public view returns (uint48 first, uint48 second) {
        first = uint48(round * ROUND_SECONDS + ROUND_SECONDS / 2);
        second = uint48((round + 1) * ROUND_SECONDS - 1);
    }

    /// @notice Puts a wallet on a round's list, in the quarter of a round that follows it. The list keeps the highest.
    function nominate(uint256 round, address wallet) external {
        uint256 end = (round + 1) * ROUND_SECONDS;
        if (block.timestamp < end) revert RoundRuns(round);
        if (block.timestamp >= end + ROUND_SECONDS / 4) revert NominationOver(round);
        (uint48 first, uint48 second) = snapshots(round);
        uint256 weight = COIN.getPastVotes(wallet, first);
        uint256 later = COIN.getPastVotes(wallet, second);
        if (later < weight) weight = later;
        if (weight == 0) revert WeightTooLow(wallet, weight);
        _insert(round, wallet, weight);
        emit Nominated(round, wallet, uint96(weight));
    }

    /// @notice Fixes what a round pays, and sets it aside: all that the pool holds.
    function draw(uint256 round) external {
        if (block.timestamp < (round + 1) * ROUND_SECONDS + ROUND_SECONDS / 4) revert NominationRuns(round);
        if (_claimOver(round)) revert ClaimOver(round);
        if (rounds[round].drawn) revert DrawnAlready(round);
        uint256 total;
        for (uint256 i = 0; i < TOP; ++i) {
            total += _top[round][i] >> 160;
        }
        if (total == 0) revert NoWeight(round);
        uint96 pot = ESCROW.pools(address(this));
        rounds[round] = Round(pot, uint96(total), true, false);
        emit Drawn(round, pot, total);
        ESCROW.setAside(round, pot);
    }

    /// @notice Pays the caller for the votes it gave to the wallet at a place of the list.
    function claim(uint256 round, uint256 place) external returns (uint96 amount) {
        (address wallet, uint256 weight, uint256 part) = _part(round, place);
        _once(_voterPaid[msg.sender], round);
        (uint48 first, uint48 second) = snapshots(round);
        uint256 given = COIN.weightGiven(msg.sender, wallet, first, second);
        // All are amounts of the coin, less than 2^96; no wallet has less votes than one voter gave it.
        unchecked {
            amount = uint96((part - part * WALLET_PPM / MILLION) * given / weight);
        }
        _pay(round, wallet, false, amount);
    }

    /// @notice Pays the caller its own part as a wallet of the list.
    function claimAsWallet(uint256 round, uint256 place) external returns (uint96 amount) {
        (address wallet,, uint256 part) = _part(round, place);
        if (wallet != msg.sender) revert NotInTop(round, place);
        _once(_walletPaid[msg.sender], round);
        amount = uint96(part * WALLET_PPM / MILLION);
        _pay(round, wallet, true, amount);
    }

    /// @notice What a round did not pay in time is free for later rounds.
    function close(uint256 round) external {
        Round storage r = rounds[round];
        if (!r.drawn || r.closed) revert NotDrawn(round);
        if (!_claimOver(round)) revert ClaimRuns(round);
        r.closed = true;
        emit Closed(round, ESCROW.putBack(round));
    }

    /// @notice The list of a round, from the highest.
    function top(uint256 round) external view returns (address[] memory wallets, uint256[] memory weights) {
        wallets = new address[](TOP);
        weights = new uint256[](TOP);
        for (uint256 i = 0; i < TOP; ++i) {
            wallets[i] = address(uint160(_top[round][i]));
            weights[i] = _top[round][i] >> 160;
        }
    }

    function _claimOver(uint256 round) private view returns (bool) {
        return block.timestamp >= (round + 1 + CLAIM_ROUNDS) * ROUND_SECONDS;
    }

    function _once(mapping(uint256 word => uint256) storage paid, uint256 round) private {
        uint256 bits = paid[round >> 8];
        uint256 bit = 1 << (round & 255);
        if (bits & bit != 0) revert ClaimedAlready(round, msg.sender);
        paid[round >> 8] = bits | bit;
    }

    function _part(uint256 round, uint256 place) private view returns (address wallet, uint256 weight, uint256 part) {
        Round memory r = rounds[round];
        if (!r.drawn) revert NotDrawn(round);
        if (_claimOver(round)) revert ClaimOver(round);
        if (place >= TOP) revert NotInTop(round, place);
        uint256 word = _top[round][place];
        wallet = address(uint160(word));
        weight = word >> 160;
        if (weight == 0) revert NotInTop(round, place);
        unchecked {
            part = uint256(r.pot) * weight / r.weight;
        }
    }

    function _pay(uint256 round, address wallet, bool asWallet, uint96 amount) private {
        if (amount == 0) revert NoWeight(round);
        emit Claimed(round, msg.sender, wallet, asWallet, amount);
        ESCROW.payFromPot(round, msg.sender, amount);
    }

    /// Moves everything lower one place down; whoever falls off the end is out. Of equal weights the first stays higher.
    function _insert(uint256 round, address wallet, uint256 weight) private {
        uint256[TOP] storage list = _top[round];
        uint256 carried = weight << 160 | uint160(wallet);
        bool placed;
        for (uint256 i = 0; i < TOP && carried != 0; ++i) {
            uint256 word = list[i];
            if (!placed && address(uint160(word)) == wallet) revert NominatedAlready(wallet);
            if (!placed && weight <= word >> 160) continue;
            placed = true;
            list[i] = carried;
            carried = word;
        }
        if (!placed) revert WeightTooLow(wallet, weight);
    }
}
