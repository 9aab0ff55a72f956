// SPDX-License-Identifier: Apache-2.0
// What the model checker proves of the escrow's arithmetic, for all values: no move makes or loses a unit, none goes further
// than it may, and none is refused that could be made. Entries a move does not name stay as they are, so by induction the
// books always hold what came in less what went out.
pragma solidity 0.8.37;

import {Kernel} from "../Kernel.sol";

contract TakeProof {
    function prove(uint96 free, uint96 thawing, uint96 amount) external pure {
        (bool ok, uint96 freeLeft, uint96 thawingLeft) = Kernel.take(free, thawing, amount);
        if (ok) {
            assert(uint256(freeLeft) + thawingLeft + amount == uint256(free) + thawing);
            assert(freeLeft == 0 || thawingLeft == thawing);
        } else {
            assert(amount > uint256(free) + thawing);
        }
    }
}

/// @notice A balanced line of a batch: what leaves the consumer is what the provider and the pools get.
contract LineProof {
    function prove(uint96 free, uint96 thawing, uint96 earned, uint96 pool, uint96 debit, uint96 credit, uint96 fee)
        external
        pure
    {
        require(debit == uint256(credit) + fee);
        (bool ok, uint96 freeLeft, uint96 thawingLeft) = Kernel.take(free, thawing, debit);
        if (!ok) return;
        uint256 before = uint256(free) + thawing + earned + pool;
        assert(uint256(freeLeft) + thawingLeft + earned + credit + pool + fee == before);
    }
}

contract LessProof {
    function prove(uint96 has, uint96 amount) external pure {
        (bool ok, uint96 left) = Kernel.less(has, amount);
        if (ok) assert(uint256(left) + amount == has);
        else assert(amount > has);
    }
}

contract SpendProof {
    function prove(uint96 left, uint64 leftOf, uint96 cap, uint64 ofEpoch, uint96 amount) external pure {
        (bool ok, uint256 after_) = Kernel.spend(left, leftOf, cap, ofEpoch, amount);
        uint96 had = leftOf == ofEpoch ? left : cap;
        if (ok) assert(after_ + amount == had);
        else assert(amount > had);
    }
}

/// @notice Two debits of one epoch keep to its cap together, whatever becomes of the cap between them.
contract TwiceProof {
    function prove(uint96 left, uint64 leftOf, uint96 cap, uint96 other, uint64 ofEpoch, uint96 a, uint96 b)
        external
        pure
    {
        require(leftOf != ofEpoch);
        (bool first, uint256 middle) = Kernel.spend(left, leftOf, cap, ofEpoch, a);
        (bool second,) = Kernel.spend(middle, ofEpoch, other, ofEpoch, b);
        if (first && second) assert(uint256(a) + b <= cap);
    }
}

/// @notice An order takes from nobody else, and leaves the caps of three epochs.
contract BindProof {
    function prove(uint96 free, uint96 bound, uint96 amount, uint96 highest) external pure {
        (bool ok, uint96 freeLeft, uint96 boundAfter) = Kernel.bind(free, bound, amount, highest, 3);
        if (!ok) return;
        assert(uint256(freeLeft) + boundAfter == uint256(free) + bound);
        assert(freeLeft >= 3 * uint256(highest));
    }
}

contract CapProof {
    function prove(uint96 cap, uint96 next, uint64 from, uint64 ofEpoch) external pure {
        uint256 found = Kernel.capOf(cap, next, from, ofEpoch);
        assert(ofEpoch < from ? found == cap : found == next);
    }
}
