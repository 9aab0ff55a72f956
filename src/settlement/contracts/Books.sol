// SPDX-License-Identifier: Apache-2.0
// The ledger under the escrow: which account holds what, and the few ways an amount may move. No division, no calls, no
// loops, so that a model checker proves what matters: nothing is made and nothing is lost (test/chain/proof.test.ts).
pragma solidity 0.8.37;

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
    error ThawTooLow(address consumer, uint96 wanted, uint96 has);
    error EarnedTooLow(address provider, uint96 wanted, uint96 has);
    error ReservedTooLow(address module, uint96 wanted, uint96 has);
    error PoolTooLow(address pool, uint96 wanted, uint96 has);

    /// @notice The cap of a consumer in an epoch.
    function capAt(address consumer, uint64 ofEpoch) public view returns (uint96) {
        Cap storage cap = caps[consumer];
        return ofEpoch < cap.from ? cap.cap : cap.next;
    }

    function _deposit(address consumer, uint96 amount) internal {
        accounts[consumer].free += amount;
    }

    /// From free to thawing: it cannot be ordered with any more, but settled.
    function _startThaw(address consumer, uint96 amount) internal {
        Account storage account = accounts[consumer];
        if (amount > account.free) revert FreeTooLow(consumer, amount, account.free);
        account.free -= amount;
        thaws[consumer].amount += amount;
    }

    function _stopThaw(address consumer) internal returns (uint96 amount) {
        amount = thaws[consumer].amount;
        thaws[consumer].amount = 0;
        accounts[consumer].free += amount;
    }

    function _endThaw(address consumer) internal returns (uint96 amount) {
        amount = thaws[consumer].amount;
        thaws[consumer].amount = 0;
    }

    /// What a batch takes: within the epoch's cap, from free money first, then from what thaws.
    function _debit(address consumer, uint96 amount, uint64 ofEpoch) internal {
        Account memory account = accounts[consumer];
        if (account.capEpoch != ofEpoch) {
            account.capLeft = capAt(consumer, ofEpoch);
            account.capEpoch = ofEpoch;
        }
        if (amount > account.capLeft) revert CapExceeded(consumer, amount, account.capLeft);
        account.capLeft -= amount;
        if (amount > account.free) {
            _takeThawing(consumer, amount - account.free);
            account.free = 0;
        } else {
            account.free -= amount;
        }
        accounts[consumer] = account;
    }

    /// What a voucher takes; its own limit is the caller's business.
    function _draw(address consumer, uint96 amount) internal {
        Account storage account = accounts[consumer];
        uint96 free = account.free;
        if (amount > free) {
            _takeThawing(consumer, amount - free);
            account.free = 0;
        } else {
            account.free = free - amount;
        }
    }

    function _takeThawing(address consumer, uint96 amount) private {
        Thaw storage thaw = thaws[consumer];
        if (amount > thaw.amount) revert ThawTooLow(consumer, amount, thaw.amount);
        thaw.amount -= amount;
    }

    function _credit(address provider, uint96 amount) internal {
        earners[provider].earned += amount;
    }

    function _withdraw(address provider, uint96 amount) internal {
        Earner storage earner = earners[provider];
        if (amount > earner.earned) revert EarnedTooLow(provider, amount, earner.earned);
        earner.earned -= amount;
    }

    /// Leaves the caps of all epochs that batches can still reach, so that no order can make a batch fail. `oldest` is the
    /// first of them, `epochs` how many there are.
    function _reserve(address module, address consumer, uint96 amount, uint64 oldest, uint96 epochs) internal {
        Account storage account = accounts[consumer];
        Cap memory cap = caps[consumer];
        uint96 highest = oldest < cap.from && cap.cap > cap.next ? cap.cap : cap.next;
        if (uint256(amount) + uint256(epochs) * highest > account.free) {
            revert FreeTooLow(consumer, amount, account.free);
        }
        account.free -= amount;
        reserved[module] += amount;
    }

    function _unreserve(address module, uint96 amount) internal {
        if (amount > reserved[module]) revert ReservedTooLow(module, amount, reserved[module]);
        reserved[module] -= amount;
    }

    function _fillPool(address pool, uint96 amount) internal {
        pools[pool] += amount;
    }

    function _drainPool(address pool, uint96 amount) internal {
        if (amount > pools[pool]) revert PoolTooLow(pool, amount, pools[pool]);
        pools[pool] -= amount;
    }
}
