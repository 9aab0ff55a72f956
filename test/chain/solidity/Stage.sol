// SPDX-License-Identifier: Apache-2.0
// What all random calls share: people, chance from a seed, signatures made inside the EVM, and a count of what was done.
pragma solidity 0.8.37;

import {Ditex} from "../Ditex.sol";
import {DividendPool} from "../DividendPool.sol";
import {Escrow} from "../Escrow.sol";
import {FeeSplitter} from "../FeeSplitter.sol";
import {QosEscrow} from "../QosEscrow.sol";
import {SegmentCoin} from "../SegmentCoin.sol";
import {Settlement} from "../Settlement.sol";
import {Seal} from "../Typed.sol";
import {ValidatorSet} from "../ValidatorSet.sol";

/// @notice Somebody: does what it is told, and stands by every signature that is said to be its own.
contract Actor {
    address private immutable STAGE = msg.sender;

    function act(address to, bytes calldata data) external returns (bool ok, bytes memory out) {
        require(msg.sender == STAGE);
        (ok, out) = to.call(data);
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}

abstract contract Stage {
    struct System {
        SegmentCoin coin;
        Escrow escrow;
        FeeSplitter fees;
        ValidatorSet validators;
        DividendPool dividends;
        Settlement settlement;
        QosEscrow qos;
        Ditex ditex;
    }

    uint256 internal constant ACTORS = 6;
    uint256 internal constant COIN = 1e18;
    /// Order of secp256k1, and the first coordinate of its generator: the signature's r when its secret is one.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
    uint256 private constant R = 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798;

    System internal sys;
    Actor[ACTORS] internal actors;
    /// Keys are the numbers from one up; their addresses come from outside.
    address[] internal keys;
    mapping(address key => uint256) internal secretOf;
    uint256 internal nextKey;

    uint256 private _chance;
    mapping(string what => uint256) private _done;
    /// Whether any call since the last look succeeded: one that was refused left everything as it was.
    bool transient internal changed;

    error Broken(string rule);

    constructor(System memory system, address[] memory keyAddresses) {
        sys = system;
        keys = keyAddresses;
        for (uint256 i = 0; i < keyAddresses.length; ++i) {
            secretOf[keyAddresses[i]] = i + 1;
        }
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors[i] = new Actor();
        }
    }

    function seedChance(uint256 seed) internal {
        _chance = seed;
    }

    /// A number below `limit`.
    function chance(uint256 limit) internal returns (uint256) {
        _chance = uint256(keccak256(abi.encode(_chance)));
        return limit == 0 ? 0 : _chance % limit;
    }

    function someone() internal returns (Actor) {
        return actors[chance(ACTORS)];
    }

    function someAddress() internal returns (address) {
        return address(someone());
    }

    /// Between nothing and slightly more than `most`: both ends and beyond are worth trying.
    function someAmount(uint256 most) internal returns (uint96) {
        uint256 way = chance(8);
        if (way == 0) return uint96(most);
        if (way == 1) return uint96(most + 1);
        return uint96(chance(most + 1));
    }

    function must(bool holds, string memory rule) internal pure {
        if (!holds) revert Broken(rule);
    }

    function act(string memory what, Actor who, address to, bytes memory data) internal returns (bool ok, bytes memory out) {
        (ok, out) = who.act(to, data);
        if (!ok) return (ok, out);
        ++_done[what];
        changed = true;
    }

    /// @notice How often each of them succeeded.
    function done(string[] calldata whats) external view returns (uint256[] memory times) {
        times = new uint256[](whats.length);
        for (uint256 i = 0; i < whats.length; ++i) {
            times[i] = _done[whats[i]];
        }
    }

    function time() internal view returns (uint64) {
        return uint64(block.timestamp);
    }

    function epoch() internal view returns (uint64) {
        return sys.escrow.epoch();
    }

    /// r and s with its parity bit on top (EIP-2098), by a secret of one: nobody's money hangs on these keys.
    function signCompact(uint256 secret, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint256 s = addmod(uint256(digest), mulmod(R, secret, ORDER), ORDER);
        uint256 parity = 0;
        if (s > ORDER / 2) (s, parity) = (ORDER - s, 1);
        return (bytes32(R), bytes32(parity << 255 | s));
    }

    function signLong(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = signCompact(secret, digest);
        return abi.encodePacked(r, uint256(vs) << 1 >> 1, uint8(27 + (uint256(vs) >> 255)));
    }

    function digestFor(address verifier, string memory name, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function setOf(uint64 ofEpoch) internal view returns (uint256 set) {
        set = sys.validators.lastSet();
        while (set > 0) {
            (uint64 from,,) = sys.validators.sets(set);
            if (from <= ofEpoch) break;
            --set;
        }
    }

    /// By all seats of an epoch's set, or by some of them.
    function sealFor(uint64 ofEpoch, bytes32 digest, bool all) internal returns (Seal memory seal) {
        seal.validatorSet = setOf(ofEpoch);
        (, uint8 size,) = sys.validators.sets(seal.validatorSet);
        for (uint256 seat = 0; seat < size; ++seat) {
            if (!all && chance(2) == 0) continue;
            (address signer,) = sys.validators.members(seal.validatorSet, seat);
            (bytes32 r, bytes32 vs) = signCompact(secretOf[signer], digest);
            seal.seatBits |= 1 << seat;
            seal.signatures = bytes.concat(seal.signatures, r, vs);
        }
    }
}
