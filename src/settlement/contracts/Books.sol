// SPDX-License-Identifier: Apache-2.0
// The ledger under the escrow: which account holds what, and the few ways an amount may move. The arithmetic is Kernel's.
pragma solidity 0.8.37;

import {Kernel} from "./Kernel.sol";

/// @title Books
/// @notice Every function moves one amount between two entries, or between an entry and the world outside.
abstract contract Books {
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
    /// @notice Fees that belong to validators or dividends, not paid to anybody yet.
    mapping(address pool => uint96) public pools;

    error FreeTooLow(address consumer, uint96 wanted, uint96 has);
    error CapExceeded(address consumer, uint96 wanted, uint96 left);
    error MoneyTooLow(address consumer, uint96 wanted, uint96 free, uint96 thawing);
    error EarnedTooLow(address provider, uint96 wanted, uint96 has);
    error ReservedTooLow(address module, uint96 wanted, uint96 has);
    error PoolTooLow(address pool, uint96 wanted, uint96 has);

    /// @notice The cap of a consumer in an epoch.
    function capAt(address consumer, uint64 ofEpoch) public view returns (uint96) {
        Cap memory cap = caps[consumer];
        return Kernel.capOf(cap.cap, cap.next, cap.from, ofEpoch);
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

    /// What a batch takes: within the epoch's cap.
    function _debit(address consumer, uint96 amount, uint64 ofEpoch) internal {
        Account memory account = accounts[consumer];
        uint96 cap = account.capEpoch == ofEpoch ? 0 : capAt(consumer, ofEpoch);
        (bool ok, uint96 left) = Kernel.spend(account.capLeft, account.capEpoch, cap, ofEpoch, amount);
        if (!ok) revert CapExceeded(consumer, amount, left);
        accounts[consumer] = Account(_take(consumer, account.free, amount), left, ofEpoch);
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
}
