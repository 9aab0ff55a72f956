// SPDX-License-Identifier: Apache-2.0
// The only holder of user money. Coins move at deposit and withdrawal; everything between is a line in the books.
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Books} from "./Books.sol";
import {Epochs} from "./Epochs.sol";
import {FeeSplitter} from "./FeeSplitter.sol";
import {Typed, WithdrawTo} from "./Typed.sol";

/// @title Escrow
/// @notice Consumers deposit, name the most a batch may take in an epoch, and get back what they thaw. Providers withdraw
/// what they earned. Nobody else can move an amount but the modules fixed at construction, each in its own few ways.
contract Escrow is Books, Epochs, EIP712, Nonces {
    using SafeERC20 for IERC20;

    /// @notice Contracts that may move amounts between accounts. A module that is zero does not exist (yet).
    struct Modules {
        address settlement;
        address qos;
        address ditex;
        address slaVault;
    }

    IERC20 public immutable COIN;
    FeeSplitter public immutable FEES;
    address public immutable VALIDATORS;
    address public immutable DIVIDENDS;
    address public immutable SETTLEMENT;
    address public immutable QOS;
    address public immutable DITEX;
    address public immutable SLA_VAULT;
    uint64 public immutable GRACE_SECONDS;

    event Deposited(address indexed consumer, address indexed payer, uint96 amount);
    event CapSet(address indexed consumer, uint96 cap, uint96 next, uint64 from);
    event ThawStarted(address indexed consumer, uint96 amount, uint64 readyAt);
    event ThawStopped(address indexed consumer, uint96 amount);
    event ThawEnded(address indexed consumer, address to, uint96 amount);
    event Registered(address indexed provider, uint64 activeFrom);
    event ThresholdSet(address indexed provider, uint96 threshold);
    event Withdrawn(address indexed provider, address to, uint96 amount, address relayer, uint96 relayerFee);
    event Netted(uint64 indexed epoch, bytes debits, bytes credits, uint96 validatorsFee, uint96 dividendsFee);
    event Drawn(address indexed consumer, uint96 amount, bytes credits, uint96 validatorsFee, uint96 dividendsFee);
    event Reserved(address indexed module, address indexed consumer, uint96 amount);
    event Released(
        address indexed module, address indexed provider, uint96 amount, uint96 validatorsFee, uint96 dividendsFee
    );
    event Refunded(address indexed module, address indexed consumer, uint96 amount);
    event Funded(address indexed pool, uint96 amount);
    event PoolPaid(address indexed pool, address indexed to, uint96 amount);
    event SetAside(address indexed pool, uint256 indexed purpose, uint96 amount);
    event PutBack(address indexed pool, uint256 indexed purpose, uint96 amount);
    event PotPaid(address indexed pool, uint256 purpose, address indexed to, uint96 amount);

    error NotModule(address caller);
    error ThawNotReady(uint64 readyAt);
    error AlreadyRegistered(uint64 activeFrom);
    error NotBalanced(uint256 debits, uint256 credits, uint256 fee);
    error BelowThreshold(uint96 earned, uint96 threshold);
    error Expired(uint64 deadline);
    error SignatureWrong(address signer);
    error RelayerFeeTooHigh(uint96 fee, uint96 amount);
    error RelayerWrong(address relayer);
    error AmountZero();

    constructor(
        IERC20 coin,
        FeeSplitter fees,
        address validators,
        address dividends,
        Modules memory modules,
        uint64 epochSeconds,
        uint64 graceSeconds
    ) Epochs(epochSeconds) EIP712("srwan Escrow", "1") {
        COIN = coin;
        FEES = fees;
        VALIDATORS = validators;
        DIVIDENDS = dividends;
        SETTLEMENT = modules.settlement;
        QOS = modules.qos;
        DITEX = modules.ditex;
        SLA_VAULT = modules.slaVault;
        GRACE_SECONDS = graceSeconds;
    }

    modifier only(address module) {
        if (msg.sender != module) revert NotModule(msg.sender);
        _;
    }

    modifier onlyModules() {
        address caller = msg.sender;
        if (caller != SETTLEMENT && caller != QOS && caller != DITEX && caller != SLA_VAULT) revert NotModule(caller);
        _;
    }

    // --- consumers

    /// @notice Coins of the caller become the consumer's free money.
    function deposit(address consumer, uint96 amount) public {
        if (amount == 0) revert AmountZero();
        _deposit(consumer, amount);
        emit Deposited(consumer, msg.sender, amount);
        COIN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice Deposit with the caller's signature in place of an allowance; one that was used already is no reason to fail.
    function depositWithPermit(address consumer, uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        try IERC20Permit(address(COIN)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        deposit(consumer, amount);
    }

    /// @notice The most that batches may take of the caller in an epoch. More counts from the running epoch on, less only
    /// when everything that relied on the old cap has had its time.
    function setCap(uint96 wanted) external {
        uint64 current = epoch();
        uint96 cap = capAt(msg.sender, current);
        uint64 from = wanted < cap ? current + THAW_EPOCHS : current;
        caps[msg.sender] = Cap(cap, wanted, from);
        emit CapSet(msg.sender, cap, wanted, from);
    }

    /// @notice Sets free money on its way out. More thawing begins the wait anew for all of it.
    function thaw(uint96 amount) external {
        if (amount == 0) revert AmountZero();
        _startThaw(msg.sender, amount);
        uint64 readyAt = uint64(block.timestamp) + THAW_EPOCHS * EPOCH_SECONDS + GRACE_SECONDS;
        thaws[msg.sender].readyAt = readyAt;
        emit ThawStarted(msg.sender, amount, readyAt);
    }

    function stopThaw() external {
        emit ThawStopped(msg.sender, _stopThaw(msg.sender));
    }

    /// @notice Pays out what has thawed.
    function endThaw(address to) external {
        uint64 readyAt = thaws[msg.sender].readyAt;
        if (block.timestamp < readyAt) revert ThawNotReady(readyAt);
        uint96 amount = _endThaw(msg.sender);
        if (amount == 0) revert AmountZero();
        emit ThawEnded(msg.sender, to, amount);
        COIN.safeTransfer(to, amount);
    }

    // --- providers

    /// @notice Batches may pay the caller, beginning so late that consumers see a new name before it can be paid.
    function register() external {
        Earner storage earner = earners[msg.sender];
        if (earner.activeFrom != 0) revert AlreadyRegistered(earner.activeFrom);
        earner.activeFrom = epoch() + BATCH_EPOCHS;
        emit Registered(msg.sender, earner.activeFrom);
    }

    /// @notice From this much on anybody may have the caller's earnings paid to the caller; zero is never.
    function setThreshold(uint96 threshold) external {
        earners[msg.sender].threshold = threshold;
        emit ThresholdSet(msg.sender, threshold);
    }

    function withdraw(address to, uint96 amount) external {
        _pay(msg.sender, to, amount, address(0), 0);
    }

    /// @notice Pays a provider all it has earned, at its own address, once its threshold is reached.
    function payOut(address provider) external {
        Earner storage earner = earners[provider];
        if (earner.threshold == 0 || earner.earned < earner.threshold) {
            revert BelowThreshold(earner.earned, earner.threshold);
        }
        _pay(provider, provider, earner.earned, address(0), 0);
    }

    /// @notice A withdrawal that was signed; only the relayer it names may bring it, and only for the fee it names.
    function withdrawBySig(WithdrawTo calldata w, bytes calldata signature) external {
        if (block.timestamp > w.deadline) revert Expired(w.deadline);
        if (w.relayer != address(0) && w.relayer != msg.sender) revert RelayerWrong(w.relayer);
        _useCheckedNonce(w.from, w.nonce);
        if (!SignatureChecker.isValidSignatureNowCalldata(w.from, _hashTypedDataV4(Typed.hash(w)), signature)) {
            revert SignatureWrong(w.from);
        }
        _pay(w.from, w.to, w.amount, w.relayer, w.relayerFee);
    }

    function _pay(address provider, address to, uint96 amount, address relayer, uint96 relayerFee) private {
        if (amount == 0) revert AmountZero();
        if (relayerFee > amount) revert RelayerFeeTooHigh(relayerFee, amount);
        _withdraw(provider, amount);
        emit Withdrawn(provider, to, amount, relayer, relayerFee);
        if (relayerFee != 0) COIN.safeTransfer(relayer, relayerFee);
        COIN.safeTransfer(to, amount - relayerFee);
    }

    // --- settlement

    /// @notice A chunk of a batch: what it takes is what it gives and the fee, to the last unit.
    function settle(uint64 ofEpoch, bytes calldata debits, bytes calldata credits, uint96 fee) external only(SETTLEMENT) {
        uint256 taken = _debitAll(debits, ofEpoch);
        uint256 given = _creditAll(credits, epoch());
        if (taken != given + fee) revert NotBalanced(taken, given, fee);
        (uint96 validators, uint96 dividends) = _takeFee(taken, fee);
        emit Netted(ofEpoch, debits, credits, validators, dividends);
    }

    /// @notice What a voucher takes without a batch; the fee is the highest.
    function draw(address consumer, uint96 amount, bytes calldata credits) external only(SETTLEMENT) {
        _draw(consumer, amount);
        uint96 fee = FEES.feeOf(amount);
        uint256 given = _creditAll(credits, epoch());
        if (amount != given + fee) revert NotBalanced(amount, given, fee);
        (uint96 validators, uint96 dividends) = _takeFee(amount, fee);
        emit Drawn(consumer, amount, credits, validators, dividends);
    }

    function _takeFee(uint256 amount, uint96 fee) private returns (uint96 validators, uint96 dividends) {
        (validators, dividends) = FEES.split(amount, fee);
        _fillPool(VALIDATORS, validators);
        _fillPool(DIVIDENDS, dividends);
    }

    // --- orders

    /// @notice Binds a consumer's free money to an order of the calling module.
    function reserve(address consumer, uint96 amount) external onlyModules {
        _reserve(msg.sender, consumer, amount, epoch() - BATCH_EPOCHS, uint96(BATCH_EPOCHS) + 1);
        emit Reserved(msg.sender, consumer, amount);
    }

    /// @notice Pays a provider out of what the calling module holds, less the fee.
    function release(address provider, uint96 amount) external onlyModules {
        _unreserve(msg.sender, amount);
        uint96 fee = FEES.feeOf(amount);
        _credit(provider, amount - fee);
        (uint96 validators, uint96 dividends) = _takeFee(amount, fee);
        emit Released(msg.sender, provider, amount, validators, dividends);
    }

    /// @notice Gives back to a consumer out of what the calling module holds, whole.
    function refund(address consumer, uint96 amount) external onlyModules {
        _unreserve(msg.sender, amount);
        _deposit(consumer, amount);
        emit Refunded(msg.sender, consumer, amount);
    }

    // --- pools

    /// @notice Coins of the caller become a pool's.
    function fund(address pool, uint96 amount) external {
        _fillPool(pool, amount);
        emit Funded(pool, amount);
        COIN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @notice A pool pays: the amount is then earned by the receiver.
    function payFromPool(address to, uint96 amount) external {
        _drainPool(msg.sender, amount);
        _credit(to, amount);
        emit PoolPaid(msg.sender, to, amount);
    }

    /// @notice A pool sets part of its own aside, so that nothing else can be paid from it.
    function setAside(uint256 purpose, uint96 amount) external {
        _setAside(msg.sender, purpose, amount);
        emit SetAside(msg.sender, purpose, amount);
    }

    /// @notice What is left of what was set aside is the pool's again.
    function putBack(uint256 purpose) external returns (uint96 left) {
        left = _putBack(msg.sender, purpose);
        emit PutBack(msg.sender, purpose, left);
    }

    /// @notice A pool pays out of what it set aside: the amount is then earned by the receiver.
    function payFromPot(uint256 purpose, address to, uint96 amount) external {
        _drainPot(msg.sender, purpose, amount);
        _credit(to, amount);
        emit PotPaid(msg.sender, purpose, to, amount);
    }
}
