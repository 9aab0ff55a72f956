// SPDX-License-Identifier: Apache-2.0
// Who may sign batches: stake, seats, the sets of past and coming epochs, rewards and slashing.
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Epochs} from "./Epochs.sol";
import {Escrow} from "./Escrow.sol";
import {Seal, SettlementBatch} from "./Typed.sol";

/// @notice What of the settlement is needed to tell two signatures apart.
interface IBatchDigest {
    function digest(SettlementBatch calldata b) external view returns (bytes32);
}

/// @title ValidatorSet
/// @notice Anybody with stake may take a seat; a full house gives way to more stake. Each change of seats makes a set that
/// is in force two epochs later, so that a quorum of an epoch is known before it begins. Stake is the validators' own
/// money and the only money that is slashed.
contract ValidatorSet is Epochs {
    using SafeERC20 for IERC20;

    struct Validator {
        uint96 stake;
        address signer;
        /// Epoch from which the stake may be taken out; zero while seated or never seated.
        uint64 freeAt;
        bool seated;
        uint96 owed;
        uint256 paidTo;
    }

    struct Member {
        address signer;
        uint96 stake;
    }

    struct Set {
        uint64 from;
        uint8 size;
        uint96 stake;
    }

    uint256 public constant SEATS = 32;
    uint64 public constant CHANGE_EPOCHS = 2;
    /// @notice Past every window in which somebody can show that a validator did wrong.
    uint64 public constant UNBOND_EPOCHS = 21;

    IERC20 public immutable COIN;
    Escrow public immutable ESCROW;
    IBatchDigest public immutable SETTLEMENT;
    address public immutable DIVIDENDS;
    uint96 public immutable MIN_STAKE;

    mapping(address owner => Validator) public validators;
    mapping(address signer => address) public ownerOf;
    address[] public roster;
    uint256 public lastSet;
    mapping(uint256 set => Set) public sets;
    mapping(uint256 set => mapping(uint256 seat => Member)) public members;

    uint96 public seatedStake;
    uint96 public owedTotal;
    uint256 private _rewardPerStake;
    uint256 private _remainder;

    event Joined(address indexed owner, address signer, uint96 stake);
    event Staked(address indexed owner, uint96 stake);
    event Left(address indexed owner, uint64 freeAt);
    event Unbonded(address indexed owner, uint96 stake);
    event SetMade(uint256 indexed set, uint64 from, uint96 stake, bytes members);
    event Slashed(address indexed owner, uint96 amount, address to, bytes32 reason);
    event Rewarded(address indexed owner, uint96 amount);

    error SignerTaken(address signer);
    error SignerZero();
    error AlreadySeated();
    error NotSeated();
    error StakeTooLow(uint96 stake, uint96 needed);
    error StakeBound(uint64 freeAt);
    error SetWrong(uint256 set, uint64 epoch);
    error SeatUnknown(uint256 seat);
    error SignatureWrong(uint256 seat);
    error SignaturesMissing();
    error QuorumTooLow(uint256 signed, uint256 total);
    error NoDoubleSign();
    error NotSettlement(address caller);
    error NothingDue();

    constructor(
        IERC20 coin,
        Escrow escrow,
        IBatchDigest settlement,
        address dividends,
        uint64 epochSeconds,
        uint96 minStake
    ) Epochs(epochSeconds) {
        COIN = coin;
        ESCROW = escrow;
        SETTLEMENT = settlement;
        DIVIDENDS = dividends;
        MIN_STAKE = minStake;
        coin.approve(address(escrow), type(uint256).max);
    }

    // --- seats

    /// @notice Takes a seat. A signer is used once and never again. Where all seats are taken, the one with the least stake
    /// gives way if the new stake is higher.
    function join(address signer, uint96 stake) external {
        Validator storage v = validators[msg.sender];
        if (v.seated || v.stake != 0) revert AlreadySeated();
        if (signer == address(0)) revert SignerZero();
        if (ownerOf[signer] != address(0)) revert SignerTaken(signer);
        if (stake < MIN_STAKE) revert StakeTooLow(stake, MIN_STAKE);
        _sync();
        if (roster.length == SEATS) {
            address least = _leastStaked();
            if (stake <= validators[least].stake) revert StakeTooLow(stake, validators[least].stake);
            _unseat(least);
        }
        ownerOf[signer] = msg.sender;
        v.stake = stake;
        v.signer = signer;
        v.freeAt = 0;
        v.seated = true;
        v.paidTo = _rewardPerStake;
        roster.push(msg.sender);
        seatedStake += stake;
        emit Joined(msg.sender, signer, stake);
        _makeSet();
        COIN.safeTransferFrom(msg.sender, address(this), stake);
    }

    function addStake(uint96 amount) external {
        Validator storage v = validators[msg.sender];
        if (!v.seated) revert NotSeated();
        _sync();
        _settleReward(v);
        v.stake += amount;
        seatedStake += amount;
        emit Staked(msg.sender, v.stake);
        _makeSet();
        COIN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Gives the seat up; the stake stays liable until it is free.
    function stepDown() external {
        if (!validators[msg.sender].seated) revert NotSeated();
        _sync();
        _unseat(msg.sender);
        _makeSet();
    }

    function unbond(address to) external {
        Validator storage v = validators[msg.sender];
        if (v.seated || v.freeAt == 0 || epoch() < v.freeAt) revert StakeBound(v.freeAt);
        uint96 stake = v.stake;
        if (stake == 0) revert NothingDue();
        v.stake = 0;
        v.freeAt = 0;
        emit Unbonded(msg.sender, stake);
        COIN.safeTransfer(to, stake);
    }

    function seats() external view returns (uint256) {
        return roster.length;
    }

    function _leastStaked() private view returns (address least) {
        least = roster[0];
        for (uint256 i = 1; i < roster.length; ++i) {
            if (validators[roster[i]].stake < validators[least].stake) least = roster[i];
        }
    }

    function _unseat(address owner) private {
        Validator storage v = validators[owner];
        _settleReward(v);
        v.seated = false;
        v.freeAt = epoch() + CHANGE_EPOCHS + UNBOND_EPOCHS;
        seatedStake -= v.stake;
        for (uint256 i = 0; i < roster.length; ++i) {
            if (roster[i] == owner) {
                roster[i] = roster[roster.length - 1];
                roster.pop();
                break;
            }
        }
        emit Left(owner, v.freeAt);
    }

    /// The set of the epoch after next; changes within one epoch write the same one. The first is in force at once.
    function _makeSet() private {
        uint256 id = lastSet;
        uint64 from = id == 0 ? epoch() : epoch() + CHANGE_EPOCHS;
        if (id == 0 || sets[id].from < from) lastSet = ++id;
        uint256 size = roster.length;
        bytes memory packed;
        for (uint256 i = 0; i < size; ++i) {
            Validator storage v = validators[roster[i]];
            members[id][i] = Member(v.signer, v.stake);
            packed = bytes.concat(packed, abi.encodePacked(v.signer, v.stake));
        }
        sets[id] = Set(from, uint8(size), seatedStake);
        emit SetMade(id, from, seatedStake, packed);
    }

    // --- quorum

    /// @notice Reverts unless validators with two thirds of the stake of an epoch's set signed.
    function requireQuorum(uint64 ofEpoch, bytes32 digest, Seal calldata seal) external view {
        uint256 set = seal.validatorSet;
        uint256 seatBits = seal.seatBits;
        bytes calldata signatures = seal.signatures;
        Set memory s = sets[set];
        if (set == 0 || set > lastSet || s.from > ofEpoch || (set != lastSet && sets[set + 1].from <= ofEpoch)) {
            revert SetWrong(set, ofEpoch);
        }
        uint256 signed;
        uint256 offset;
        for (uint256 seat = 0; seatBits >> seat != 0; ++seat) {
            if ((seatBits >> seat) & 1 == 0) continue;
            if (seat >= s.size) revert SeatUnknown(seat);
            if (signatures.length < offset + 64) revert SignaturesMissing();
            Member memory member = members[set][seat];
            bytes32 r = bytes32(signatures[offset:offset + 32]);
            bytes32 vs = bytes32(signatures[offset + 32:offset + 64]);
            if (ECDSA.recover(digest, r, vs) != member.signer) revert SignatureWrong(seat);
            signed += member.stake;
            offset += 64;
        }
        if (s.stake == 0 || signed * 3 < uint256(s.stake) * 2) revert QuorumTooLow(signed, s.stake);
    }

    // --- slashing

    /// @notice A signer that put its name to two different batches of one chunk and attempt loses its stake: a tenth to
    /// whoever shows both, the rest to dividends.
    function reportDoubleSign(
        SettlementBatch calldata a,
        bytes calldata signatureA,
        SettlementBatch calldata b,
        bytes calldata signatureB
    ) external {
        bytes32 first = SETTLEMENT.digest(a);
        bytes32 second = SETTLEMENT.digest(b);
        if (first == second || a.epoch != b.epoch || a.chunk != b.chunk || a.attempt != b.attempt) revert NoDoubleSign();
        address signer = ECDSA.recoverCalldata(first, signatureA);
        if (signer != ECDSA.recoverCalldata(second, signatureB)) revert NoDoubleSign();
        address owner = ownerOf[signer];
        uint96 stake = validators[owner].stake;
        if (stake == 0) revert NothingDue();
        _sync();
        if (validators[owner].seated) {
            _unseat(owner);
            _makeSet();
        }
        validators[owner].stake = 0;
        _voidMember(signer);
        uint96 bounty = stake / 10;
        emit Slashed(owner, bounty, msg.sender, "double sign, bounty");
        emit Slashed(owner, stake - bounty, DIVIDENDS, "double sign");
        ESCROW.fund(DIVIDENDS, stake - bounty);
        COIN.safeTransfer(msg.sender, bounty);
    }

    /// @notice Those who signed a debit that nobody can account for make it good, each by its share of the stake.
    function makeGood(uint256 set, uint256 seatBits, uint96 amount, address to) external returns (uint96 paid) {
        if (msg.sender != address(SETTLEMENT)) revert NotSettlement(msg.sender);
        _sync();
        uint256 total;
        for (uint256 seat = 0; seatBits >> seat != 0; ++seat) {
            if ((seatBits >> seat) & 1 == 1) total += _liable(members[set][seat].signer);
        }
        if (total == 0) return 0;
        uint256 due = amount < total ? amount : total;
        for (uint256 seat = 0; seatBits >> seat != 0; ++seat) {
            if ((seatBits >> seat) & 1 == 0) continue;
            address signer = members[set][seat].signer;
            // Rounded up, so that the sum is never short; what is over is the consumer's too.
            uint96 part = uint96((due * _liable(signer) + total - 1) / total);
            paid += _slash(ownerOf[signer], part, to);
        }
        _makeSet();
        COIN.safeTransfer(to, paid);
    }

    function _liable(address signer) private view returns (uint96) {
        Validator storage v = validators[ownerOf[signer]];
        return v.signer == signer ? v.stake : 0;
    }

    function _slash(address owner, uint96 amount, address to) private returns (uint96) {
        Validator storage v = validators[owner];
        uint96 cut = amount < v.stake ? amount : v.stake;
        if (v.seated) {
            _settleReward(v);
            v.stake -= cut;
            seatedStake -= cut;
            if (v.stake < MIN_STAKE) _unseat(owner);
        } else {
            v.stake -= cut;
        }
        emit Slashed(owner, cut, to, "debit not accounted for");
        return cut;
    }

    /// What a slashed signer says counts no more, in any set that a batch or an outcome can still be measured by.
    function _voidMember(address signer) private {
        for (uint256 id = lastSet; id > 0 && id + 6 > lastSet; --id) {
            Set storage s = sets[id];
            for (uint256 seat = 0; seat < s.size; ++seat) {
                if (members[id][seat].signer != signer) continue;
                s.stake -= members[id][seat].stake;
                members[id][seat].stake = 0;
            }
        }
    }

    // --- rewards

    /// @notice Pays the caller its part of the validators' quarter of fees, as earnings in the escrow.
    function claimReward() external returns (uint96 amount) {
        _sync();
        Validator storage v = validators[msg.sender];
        if (v.seated) _settleReward(v);
        amount = v.owed;
        if (amount == 0) revert NothingDue();
        v.owed = 0;
        owedTotal -= amount;
        emit Rewarded(msg.sender, amount);
        ESCROW.payFromPool(msg.sender, amount);
    }

    /// Shares what came into the pool since last time. With nobody seated it waits.
    function _sync() private {
        uint96 fresh = ESCROW.pools(address(this)) - owedTotal;
        if (fresh == 0 || seatedStake == 0) return;
        owedTotal += fresh;
        uint256 scaled = (uint256(fresh) << 96) + _remainder;
        _rewardPerStake += scaled / seatedStake;
        _remainder = scaled % seatedStake;
    }

    function _settleReward(Validator storage v) private {
        v.owed += uint96(v.stake * (_rewardPerStake - v.paidTo) >> 96);
        v.paidTo = _rewardPerStake;
    }
}
