// SPDX-License-Identifier: Apache-2.0
// The fee, its quarters, and the subsidy of the first three years.
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Escrow} from "./Escrow.sol";

/// @title FeeSplitter
/// @notice A quarter of each fee is the validators', the rest is for dividends, to the last unit. The subsidy is paid for
/// before it begins and depends on time alone: traffic with oneself earns none of it.
contract FeeSplitter {
    uint256 private constant MILLION = 1_000_000;
    uint256 private constant YEAR = 365 days;

    IERC20 public immutable COIN;
    Escrow public immutable ESCROW;
    address public immutable VALIDATORS;
    address public immutable DIVIDENDS;
    /// @notice Millionths of an amount that are its fee at most.
    uint256 public immutable FEE_PPM;
    uint256 public immutable SUBSIDY;
    uint256 public immutable SUBSIDY_FROM;

    uint256 public subsidyPaid;

    event SubsidyPaid(uint256 validators, uint256 dividends);

    error FeeTooHigh(uint256 fee, uint256 most);
    error FeeRateTooHigh(uint256 ppm);
    error NothingDue();

    constructor(IERC20 coin, Escrow escrow, address validators, address dividends, uint256 feePpm, uint256 subsidy) {
        if (feePpm > MILLION / 4) revert FeeRateTooHigh(feePpm);
        COIN = coin;
        ESCROW = escrow;
        VALIDATORS = validators;
        DIVIDENDS = dividends;
        FEE_PPM = feePpm;
        SUBSIDY = subsidy;
        SUBSIDY_FROM = block.timestamp;
        coin.approve(address(escrow), type(uint256).max);
    }

    function feeOf(uint256 amount) public view returns (uint96) {
        return uint96(amount * FEE_PPM / MILLION);
    }

    /// @notice The quarters of a fee on `amount`, which may not be higher than the rate.
    function split(uint256 amount, uint96 fee) external view returns (uint96 validators, uint96 dividends) {
        uint96 most = feeOf(amount);
        if (fee > most) revert FeeTooHigh(fee, most);
        return quarters(fee);
    }

    function quarters(uint96 fee) public pure returns (uint96 validators, uint96 dividends) {
        validators = fee / 4;
        dividends = fee - validators;
    }

    /// @notice What the subsidy has come to at a time: three, two and one sixths in the three years, evenly within each.
    function scheduled(uint256 time) public view returns (uint256) {
        if (time <= SUBSIDY_FROM) return 0;
        uint256 passed = time - SUBSIDY_FROM;
        if (passed >= 3 * YEAR) return SUBSIDY;
        uint256 year = passed / YEAR;
        uint256 whole = year == 0 ? 0 : year == 1 ? 3 : 5;
        return SUBSIDY * (whole * YEAR + (3 - year) * (passed % YEAR)) / (6 * YEAR);
    }

    /// @notice Pays what is due into both pools; anybody may ask for it.
    function paySubsidy() external {
        uint256 due = scheduled(block.timestamp) - subsidyPaid;
        uint256 has = COIN.balanceOf(address(this));
        if (due > has) due = has;
        if (due == 0) revert NothingDue();
        subsidyPaid += due;
        (uint96 validators, uint96 dividends) = quarters(uint96(due));
        ESCROW.fund(VALIDATORS, validators);
        ESCROW.fund(DIVIDENDS, dividends);
        emit SubsidyPaid(validators, dividends);
    }
}
