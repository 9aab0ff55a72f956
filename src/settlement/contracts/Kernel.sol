// SPDX-License-Identifier: Apache-2.0
// The arithmetic of the escrow's books, on plain values: no division, no storage, no calls, so that the compiler's model
// checker proves it (test/chain/proof.test.ts). Each function says whether the move may be made, and what is there after it.
// What is unchecked here is proved there.
pragma solidity 0.8.37;

/// @title Kernel
/// @notice Nothing here can make or lose a unit. Where a move may not be made the other results mean nothing.
library Kernel {
    /// @notice Free money first, then what is on its way out.
    function take(uint96 free, uint96 thawing, uint96 amount) internal pure returns (bool ok, uint96, uint96) {
        unchecked {
            if (amount <= free) return (true, free - amount, thawing);
            uint96 short = amount - free;
            if (short > thawing) return (false, 0, 0);
            return (true, 0, thawing - short);
        }
    }

    /// @notice The cap of an epoch: `cap` before `from`, `next` from then on.
    function capOf(uint256 cap, uint256 next, uint256 from, uint256 ofEpoch) internal pure returns (uint256) {
        return ofEpoch < from ? cap : next;
    }

    /// @notice What is left of an epoch's cap; an epoch that was not met before has all of it.
    function spend(uint256 left, uint256 leftOf, uint256 cap, uint256 ofEpoch, uint256 amount)
        internal
        pure
        returns (bool ok, uint256)
    {
        if (leftOf != ofEpoch) left = cap;
        if (amount > left) return (false, left);
        unchecked {
            return (true, left - amount);
        }
    }

    function less(uint96 has, uint96 amount) internal pure returns (bool ok, uint96) {
        if (amount > has) return (false, 0);
        unchecked {
            return (true, has - amount);
        }
    }

    /// @notice Binds free money to an order, and leaves the highest cap of so many epochs where batches can reach it.
    function bind(uint96 free, uint96 bound, uint96 amount, uint96 highest, uint96 epochs)
        internal
        pure
        returns (bool ok, uint96, uint96)
    {
        if (uint256(amount) + uint256(highest) * epochs > free) return (false, 0, 0);
        return (true, free - amount, bound + amount);
    }
}
