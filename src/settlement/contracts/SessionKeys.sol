// SPDX-License-Identifier: Apache-2.0
// Keys that sign vouchers for a consumer, so that the wallet's own key stays away from the data path.
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Epochs} from "./Epochs.sol";
import {SessionKey, Signed, SpendVoucher, Typed} from "./Typed.sol";

/// @title SessionKeys
/// @notice A key is authorised once, by the consumer's signature, and revoked once, for epochs to come: what it signed
/// before stays owed.
abstract contract SessionKeys is Epochs, EIP712 {
    struct Key {
        uint96 capPerEpoch;
        uint64 lastEpoch;
        bool known;
    }

    mapping(address consumer => mapping(address key => Key)) public sessionKeys;

    event KeyAuthorized(address indexed consumer, address indexed key, uint96 capPerEpoch, uint64 lastEpoch);
    event KeyRevoked(address indexed consumer, address indexed key, uint64 lastEpoch);

    error KeyKnown(address key);
    error KeyNotValid(address key, uint64 epoch);
    error ConsumerSignatureWrong(address consumer);
    error VoucherSignatureWrong(address signer);

    /// @notice Anybody may bring what the consumer signed.
    function authorize(SessionKey calldata k, bytes calldata signature) external {
        Key storage known = sessionKeys[k.consumer][k.key];
        if (known.known) revert KeyKnown(k.key);
        if (!SignatureChecker.isValidSignatureNowCalldata(k.consumer, _hashTypedDataV4(Typed.hash(k)), signature)) {
            revert ConsumerSignatureWrong(k.consumer);
        }
        uint64 lastEpoch = k.expiry / EPOCH_SECONDS;
        sessionKeys[k.consumer][k.key] = Key(k.capPerEpoch, lastEpoch, true);
        emit KeyAuthorized(k.consumer, k.key, k.capPerEpoch, lastEpoch);
    }

    /// @notice From the next epoch on the key signs for nothing.
    function revoke(address key) external {
        Key storage known = sessionKeys[msg.sender][key];
        uint64 current = epoch();
        if (!known.known || known.lastEpoch > current) known.lastEpoch = current;
        known.known = true;
        emit KeyRevoked(msg.sender, key, known.lastEpoch);
    }

    /// Reverts unless the consumer or a key of its own signed; gives the most that the signer may spend in an epoch.
    function _signerLimit(SpendVoucher calldata v, Signed calldata by) internal view returns (uint96 limit) {
        address signer = by.signer;
        limit = type(uint96).max;
        if (signer != v.consumer) {
            Key memory key = sessionKeys[v.consumer][signer];
            if (!key.known || v.epoch > key.lastEpoch) revert KeyNotValid(signer, v.epoch);
            limit = key.capPerEpoch;
        }
        if (!SignatureChecker.isValidSignatureNowCalldata(signer, _hashTypedDataV4(Typed.hash(v)), by.signature)) {
            revert VoucherSignatureWrong(signer);
        }
    }
}
