// SPDX-License-Identifier: Apache-2.0
// The clock that all contracts share: time cut into epochs of one length.
pragma solidity 0.8.37;

/// @title Epochs
/// @notice An epoch is a whole number of seconds since 1970 divided by the length of one.
abstract contract Epochs {
    /// @notice A batch of epoch e may be settled while the current one is at most e plus this.
    uint64 internal constant BATCH_EPOCHS = 2;
    /// @notice Money that leaves, and a cap that falls, wait so long: past the batch window there is time for vouchers.
    uint64 internal constant THAW_EPOCHS = 5;

    /// @notice Length of an epoch.
    uint64 public immutable EPOCH_SECONDS;

    error EpochLengthZero();

    constructor(uint64 epochSeconds) {
        if (epochSeconds == 0) revert EpochLengthZero();
        EPOCH_SECONDS = epochSeconds;
    }

    /// @notice The epoch that runs now; its batch can be settled only when it is over.
    function epoch() public view returns (uint64) {
        return uint64(block.timestamp) / EPOCH_SECONDS;
    }
}
