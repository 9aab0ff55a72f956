// SPDX-License-Identifier: Apache-2.0
// Lists of (account, amount) as packed words: 32 octets an entry, read straight from calldata.
pragma solidity 0.8.37;

/// @title Words
/// @notice A word is `address << 96 | uint96 amount`. A list rises strictly by address, so that nobody stands in it twice.
library Words {
    error WordsLength(uint256 octets);
    error WordsOrder(address account);

    /// @return Entries in a list.
    function count(bytes calldata words) internal pure returns (uint256) {
        if (words.length & 31 != 0) revert WordsLength(words.length);
        return words.length >> 5;
    }

    /// @notice Where a list begins and ends in calldata, for a loop that takes a word a step.
    function range(bytes calldata words) internal pure returns (uint256 here, uint256 end) {
        if (words.length & 31 != 0) revert WordsLength(words.length);
        assembly ("memory-safe") {
            here := words.offset
            end := add(here, words.length)
        }
    }

    /// @notice Entry `i`; the caller keeps `i` below the count.
    function entry(bytes calldata words, uint256 i) internal pure returns (address who, uint96 amount) {
        uint256 word;
        assembly ("memory-safe") {
            word := calldataload(add(words.offset, shl(5, i)))
        }
        who = address(uint160(word >> 96));
        amount = uint96(word);
    }
}
