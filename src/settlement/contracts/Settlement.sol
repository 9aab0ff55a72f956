// SPDX-License-Identifier: Apache-2.0
// How traffic is paid: batches by default, vouchers when validators stall, challenges when they lie.
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Batches} from "./Batches.sol";
import {Challenges} from "./Challenges.sol";
import {Epochs} from "./Epochs.sol";
import {Escape} from "./Escape.sol";
import {Escrow} from "./Escrow.sol";
import {ValidatorSet} from "./ValidatorSet.sol";

/// @title Settlement
/// @notice The one module that may net amounts between accounts of the escrow.
contract Settlement is Escape, Challenges {
    constructor(Escrow escrow, ValidatorSet validators, uint64 epochSeconds, uint96 bond)
        Epochs(epochSeconds)
        EIP712("srwan Settlement", "1")
    {
        ESCROW = escrow;
        VALIDATORS = validators;
        BOND = bond;
    }
}
