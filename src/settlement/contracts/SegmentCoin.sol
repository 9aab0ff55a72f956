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
/// delegate, the balance and the delegate of each voter are kept for every second in which they changed: dividends go to
/// voters too, and nobody can borrow the past.
contract SegmentCoin is ERC20, ERC20Permit, ERC20Votes {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice A thousand million coins of 18 decimals: any sum of amounts fits 96 bits.
    uint256 public constant SUPPLY = 1e27;

    mapping(address voter => Checkpoints.Trace208) private _balanceOf;
    mapping(address voter => Checkpoints.Trace208) private _delegateOf;

    constructor(address holder) ERC20("SegmentCoin", "SEG") ERC20Permit("SegmentCoin") {
        _mint(holder, SUPPLY);
    }

    /// @notice What `voter` gave `wallet` at both of two past seconds: the lesser balance, zero unless delegated at both.
    function weightGiven(address voter, address wallet, uint48 first, uint48 second) external view returns (uint256) {
        _validateTimepoint(first);
        _validateTimepoint(second);
        uint208 to = uint160(wallet);
        if (_delegateOf[voter].upperLookupRecent(first) != to) return 0;
        if (_delegateOf[voter].upperLookupRecent(second) != to) return 0;
        uint256 before = _balanceOf[voter].upperLookupRecent(first);
        uint256 later = _balanceOf[voter].upperLookupRecent(second);
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
        super._delegate(voter, wallet);
        _delegateOf[voter].push(clock(), uint160(wallet));
        _noteBalance(voter);
    }

    /// Only voters pay for history.
    function _noteBalance(address voter) private {
        if (delegates(voter) != address(0)) _balanceOf[voter].push(clock(), uint208(balanceOf(voter)));
    }
}
