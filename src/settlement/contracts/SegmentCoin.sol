// SPDX-License-Identifier: Apache-2.0
// The coin. Its supply is made once; its votes count seconds and move no coin.
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @title SegmentCoin
/// @notice SEG. There is no way to mint after construction, so the supply is its own cap. Beside the votes of each
/// delegate, what each voter gave to each wallet is kept for every second in which it changed: dividends go to voters too,
/// and nobody can borrow the past.
contract SegmentCoin is ERC20, ERC20Permit, ERC20Votes {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice A thousand million coins of 18 decimals: any sum of amounts fits 96 bits.
    uint256 public constant SUPPLY = 1e27;

    mapping(address voter => mapping(address wallet => Checkpoints.Trace208)) private _given;

    constructor(address holder) ERC20("SegmentCoin", "SEG") ERC20Permit("SegmentCoin") {
        _mint(holder, SUPPLY);
    }

    /// @notice What `voter` gave `wallet` at both of two past seconds: the lesser balance, zero unless delegated at both.
    function weightGiven(address voter, address wallet, uint48 first, uint48 second) external view returns (uint256) {
        _validateTimepoint(first);
        _validateTimepoint(second);
        Checkpoints.Trace208 storage given = _given[voter][wallet];
        (bool voted, uint48 since, uint208 latest) = given.latestCheckpoint();
        // Most voters changed nothing since.
        if (voted && since <= first && since <= second) return latest;
        uint256 before = given.upperLookupRecent(first);
        uint256 later = given.upperLookupRecent(second);
        return before < later ? before : later;
    }

    /// @notice Seconds, so that snapshots mean the same on every chain.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
        _noteBalance(from);
        if (to != from) _noteBalance(to);
    }

    function _delegate(address voter, address wallet) internal override {
        address before = delegates(voter);
        super._delegate(voter, wallet);
        if (before != address(0)) _given[voter][before].push(clock(), 0);
        _noteBalance(voter);
    }

    /// Only voters pay for history.
    function _noteBalance(address voter) private {
        address wallet = delegates(voter);
        if (wallet != address(0)) _given[voter][wallet].push(clock(), uint208(balanceOf(voter)));
    }
}
