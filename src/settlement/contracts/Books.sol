// SPDX-License-Identifier: Apache-2.0
// The ledger under the escrow: which account holds what, and the few ways an amount may move. The arithmetic is Kernel's.
pragma solidity 0.8.37;

import {Kernel} from "./Kernel.sol";
import {Words} from "./Words.sol";

/// @title Books
/// @notice Every function moves one amount between two entries, or between an entry and the world outside.
abstract contract Books {
    using Words for bytes;

    /// @notice A consumer's money that is not bound, and what a batch may still take of it in one epoch. One slot.
    struct Account {
        uint96 free;
        uint96 capLeft;
        uint64 capEpoch;
    }

    /// @notice The most a batch may take in an epoch: `cap` before `from`, `next` from then on. One slot.
    struct Cap {
        uint96 cap;
        uint96 next;
        uint64 from;
    }

    /// @notice Money on its way out; batches and vouchers may still take it.
    struct Thaw {
        uint96 amount;
        uint64 readyAt;
    }

    /// @notice What a provider earned, above which sum anybody may have it paid out, and from when it may be paid at all.
    struct Earner {
        uint96 earned;
        uint96 threshold;
        uint64 activeFrom;
    }

    mapping(address consumer => Account) public accounts;
    mapping(address consumer => Cap) public caps;
    mapping(address consumer => Thaw) public thaws;
    mapping(address provider => Earner) public earners;
    /// @notice What a module holds for its orders, all consumers together.
    mapping(address module => uint96) public reserved;
    /// @notice Fees that belong to validators or dividends, not paid to anybody yet and not set aside.
    mapping(address pool => uint96) public pools;
    /// @notice What a pool has set aside for one purpose of its own, such as a round.
    mapping(address pool => mapping(uint256 purpose => uint96)) public pots;

    error FreeTooLow(address consumer, uint96 wanted, uint96 has);
    error CapExceeded(address consumer, uint96 wanted, uint96 left);
    error MoneyTooLow(address consumer, uint96 wanted, uint96 free, uint96 thawing);
    error NotActive(address provider, uint64 activeFrom);
    error EarnedTooHigh(address provider);
    error EarnedTooLow(address provider, uint96 wanted, uint96 has);
    error ReservedTooLow(address module, uint96 wanted, uint96 has);
    error PoolTooLow(address pool, uint96 wanted, uint96 has);
    error PotTooLow(address pool, uint256 purpose, uint96 wanted, uint96 has);

    /// @notice The cap of a consumer in an epoch.
    function capAt(address consumer, uint64 ofEpoch) public view returns (uint96) {
        Cap storage cap = caps[consumer];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(cap.slot)
        }
        return uint96(Kernel.capOf(uint96(word), uint96(word >> 96), word >> 192, ofEpoch));
    }

    function _deposit(address consumer, uint96 amount) internal {
        accounts[consumer].free += amount;
    }

    /// From free to thawing: it cannot be ordered with any more, but settled.
    function _startThaw(address consumer, uint96 amount) internal {
        (bool ok, uint96 free) = Kernel.less(accounts[consumer].free, amount);
        if (!ok) revert FreeTooLow(consumer, amount, accounts[consumer].free);
        accounts[consumer].free = free;
        thaws[consumer].amount += amount;
    }

    function _stopThaw(address consumer) internal returns (uint96 amount) {
        amount = _endThaw(consumer);
        accounts[consumer].free += amount;
    }

    function _endThaw(address consumer) internal returns (uint96 amount) {
        amount = thaws[consumer].amount;
        thaws[consumer].amount = 0;
    }

    /// What a batch takes: within the epoch's cap. Each account's slot is read once and written once; the layout is the
    /// compiler's: the first field lowest.
    function _debitAll(bytes calldata debits, uint64 ofEpoch) internal returns (uint256 taken) {
        (uint256 here, uint256 end) = debits.range();
        uint256 last;
        while (here != end) {
            uint256 slot;
            uint256 word;
            uint256 amount;
            assembly ("memory-safe") {
                amount := calldataload(here)
                here := add(here, 32)
                word := shr(96, amount)
                mstore(0, word)
                mstore(0x20, accounts.slot)
                slot := keccak256(0, 0x40)
            }
            if (word <= last) revert Words.WordsOrder(address(uint160(word)));
            last = word;
            assembly ("memory-safe") {
                word := sload(slot)
                amount := and(amount, 0xffffffffffffffffffffffff)
            }
            unchecked {
                taken += amount;
            }
            uint256 left;
            if (word >> 192 != ofEpoch) {
                assembly ("memory-safe") {
                    mstore(0, last)
                    mstore(0x20, caps.slot)
                    left := sload(keccak256(0, 0x40))
                }
                left = Kernel.capOf(uint96(left), uint96(left >> 96), left >> 192, ofEpoch);
            }
            bool ok;
            (ok, left) = Kernel.spend(uint96(word >> 96), word >> 192, left, ofEpoch, amount);
            if (!ok) revert CapExceeded(address(uint160(last)), uint96(amount), uint96(left));
            word &= type(uint96).max;
            unchecked {
                // Most have enough free money: Kernel.take's first case.
                word = amount <= word ? word - amount : _take(address(uint160(last)), uint96(word), uint96(amount));
            }
            assembly ("memory-safe") {
                sstore(slot, or(or(shl(192, ofEpoch), shl(96, left)), word))
            }
        }
    }

    /// What a voucher takes; its limit is the caller's business.
    function _draw(address consumer, uint96 amount) internal {
        accounts[consumer].free = _take(consumer, accounts[consumer].free, amount);
    }

    /// Gives what is left free. Only who has too little free has the slot of its thaw read.
    function _take(address consumer, uint96 free, uint96 amount) private returns (uint96 left) {
        uint96 thawing = amount > free ? thaws[consumer].amount : 0;
        bool ok;
        uint96 thawingLeft;
        (ok, left, thawingLeft) = Kernel.take(free, thawing, amount);
        if (!ok) revert MoneyTooLow(consumer, amount, free, thawing);
        if (thawingLeft != thawing) thaws[consumer].amount = thawingLeft;
    }

    function _credit(address provider, uint96 amount) internal {
        earners[provider].earned += amount;
    }

    /// What a batch or voucher gives: only to who may be paid in the `current` epoch.
    function _creditAll(bytes calldata credits, uint256 current) internal returns (uint256 given) {
        (uint256 here, uint256 end) = credits.range();
        uint256 last;
        while (here != end) {
            uint256 slot;
            uint256 word;
            uint256 amount;
            assembly ("memory-safe") {
                amount := calldataload(here)
                here := add(here, 32)
                word := shr(96, amount)
                mstore(0, word)
                mstore(0x20, earners.slot)
                slot := keccak256(0, 0x40)
            }
            if (word <= last) revert Words.WordsOrder(address(uint160(word)));
            last = word;
            assembly ("memory-safe") {
                word := sload(slot)
                amount := and(amount, 0xffffffffffffffffffffffff)
            }
            unchecked {
                // The epoch from which it may be paid; zero is never.
                if ((word >> 192) - 1 >= current) revert NotActive(address(uint160(last)), uint64(word >> 192));
                given += amount;
                amount += word & type(uint96).max;
            }
            if (amount >> 96 != 0) revert EarnedTooHigh(address(uint160(last)));
            assembly ("memory-safe") {
                sstore(slot, or(shl(96, shr(96, word)), amount))
            }
        }
    }

    function _withdraw(address provider, uint96 amount) internal {
        (bool ok, uint96 left) = Kernel.less(earners[provider].earned, amount);
        if (!ok) revert EarnedTooLow(provider, amount, earners[provider].earned);
        earners[provider].earned = left;
    }

    /// Leaves the caps of all epochs that batches can still reach, so that no order can make a batch fail. `oldest` is the
    /// first of them, `epochs` how many there are.
    function _reserve(address module, address consumer, uint96 amount, uint64 oldest, uint96 epochs) internal {
        Cap memory cap = caps[consumer];
        uint96 highest = oldest < cap.from && cap.cap > cap.next ? cap.cap : cap.next;
        (bool ok, uint96 free, uint96 bound) =
            Kernel.bind(accounts[consumer].free, reserved[module], amount, highest, epochs);
        if (!ok) revert FreeTooLow(consumer, amount, accounts[consumer].free);
        accounts[consumer].free = free;
        reserved[module] = bound;
    }

    function _unreserve(address module, uint96 amount) internal {
        (bool ok, uint96 left) = Kernel.less(reserved[module], amount);
        if (!ok) revert ReservedTooLow(module, amount, reserved[module]);
        reserved[module] = left;
    }

    function _fillPool(address pool, uint96 amount) internal {
        pools[pool] += amount;
    }

    function _drainPool(address pool, uint96 amount) internal {
        (bool ok, uint96 left) = Kernel.less(pools[pool], amount);
        if (!ok) revert PoolTooLow(pool, amount, pools[pool]);
        pools[pool] = left;
    }

    function _setAside(address pool, uint256 purpose, uint96 amount) internal {
        _drainPool(pool, amount);
        pots[pool][purpose] += amount;
    }

    function _putBack(address pool, uint256 purpose) internal returns (uint96 left) {
        left = pots[pool][purpose];
        pots[pool][purpose] = 0;
        _fillPool(pool, left);
    }

    function _drainPot(address pool, uint256 purpose, uint96 amount) internal {
        uint96 has = pots[pool][purpose];
        (bool ok, uint96 left) = Kernel.less(has, amount);
        if (!ok) revert PotTooLow(pool, purpose, amount, has);
        pots[pool][purpose] = left;
    }
}
