// SPDX-License-Identifier: Apache-2.0
// Random orders of priority and deals of the market, with the ways they may go written down a second time.
pragma solidity 0.8.37;

import {Money} from "./Money.sol";
import {Actor} from "./Stage.sol";
import {Ditex} from "../Ditex.sol";
import {QosEscrow} from "../QosEscrow.sol";
import {
    ConfigAccepted,
    ConfigFailed,
    ConfigRemoved,
    DealFailed,
    DeviceKey,
    QosOrder,
    Quote,
    Seal,
    Typed
} from "../Typed.sol";

abstract contract Orders is Money {
    struct Sold {
        bytes32 id;
        uint256 segment;
        address seller;
        uint64 start;
        uint64 end;
    }

    bytes32[] private _orders;
    mapping(bytes32 orderId => QosOrder) private _terms;
    mapping(bytes32 orderId => QosEscrow.State) private _state;
    mapping(bytes32 orderId => uint256) private _orderPaid;
    /// By actor, the secret of its router's key; zero while it has none.
    mapping(address provider => uint256) private _router;

    Sold[] private _sold;
    mapping(address seller => mapping(uint256 nonce => bool)) private _void;

    function registerRouter() internal {
        Actor who = someone();
        if (_router[address(who)] != 0 || nextKey >= keys.length) return;
        uint256 secret = ++nextKey;
        bytes32 hash = keccak256(abi.encode(Typed.DEVICE_KEY, DeviceKey(address(who), keys[secret - 1])));
        bytes memory signature = signLong(secret, _qosDigest(hash));
        (bool ok,) = act(
            "registerRouter",
            who,
            address(sys.qos),
            abi.encodeCall(QosEscrow.registerDevice, (keys[secret - 1], signature))
        );
        if (ok) _router[address(who)] = secret;
    }

    function openOrder() internal {
        QosOrder memory o;
        o.consumer = someAddress();
        o.provider = someAddress();
        uint256 secret = _router[o.provider];
        if (secret == 0) return;
        o.routerKey = keys[secret - 1];
        o.configHash = keccak256(abi.encode(secret));
        (uint96 free,,) = sys.escrow.accounts(o.consumer);
        o.amount = someAmount(chance(3) == 0 ? free : free / 8);
        o.holdBack = someAmount(o.amount);
        o.deadline = time() + uint64(chance(600));
        o.until = o.deadline + uint64(chance(3_000));
        o.nonce = chance(1 << 40);
        (bool ok, bytes memory out) =
            act("openOrder", someone(), address(sys.qos), abi.encodeCall(QosEscrow.open, (o, "")));
        if (!ok) return;
        bytes32 id = abi.decode(out, (bytes32));
        _orders.push(id);
        _terms[id] = o;
        _turn(id, QosEscrow.State.None, QosEscrow.State.Open);
    }

    function acceptOrder() internal {
        bytes32 id = _someOrder();
        QosOrder memory o = _terms[id];
        ConfigAccepted memory c = ConfigAccepted(id, o.routerKey, o.configHash, 0, time() - uint64(chance(200)));
        if (chance(10) == 0) c.configHash = 0;
        bytes32 digest = _qosDigest(keccak256(abi.encode(Typed.CONFIG_ACCEPTED, c)));
        bytes memory signature = signLong(chance(10) == 0 ? 1 : secretOf[o.routerKey], digest);
        Seal memory seal = sealFor(epoch(), digest, chance(8) != 0);
        (bool ok,) = act(
            "acceptOrder", someone(), address(sys.qos), abi.encodeCall(QosEscrow.accept, (c, signature, seal))
        );
        if (!ok) return;
        must(block.timestamp <= o.deadline + sys.qos.GRACE_SECONDS(), "11: no release after deadline and grace");
        must(c.configHash == o.configHash, "11: no release of another configuration");
        _turn(id, QosEscrow.State.Open, QosEscrow.State.Released);
    }

    function failOrder() internal {
        bytes32 id = _someOrder();
        QosOrder memory o = _terms[id];
        ConfigFailed memory c = ConfigFailed(id, o.routerKey, 0, time());
        bytes32 digest = _qosDigest(keccak256(abi.encode(Typed.CONFIG_FAILED, c)));
        bytes memory signature = signLong(chance(4) == 0 ? 1 : secretOf[o.routerKey], digest);
        (uint96 before,,) = sys.escrow.accounts(o.consumer);
        (bool ok,) = act("failOrder", someone(), address(sys.qos), abi.encodeCall(QosEscrow.fail, (c, signature)));
        if (!ok) return;
        _turn(id, QosEscrow.State.Open, QosEscrow.State.Refunded);
        _refunded(o, before);
    }

    function timeOutOrder() internal {
        bytes32 id = _someOrder();
        QosOrder memory o = _terms[id];
        (uint96 before,,) = sys.escrow.accounts(o.consumer);
        bool due = _state[id] == QosEscrow.State.Open && block.timestamp > o.deadline + sys.qos.GRACE_SECONDS();
        (bool ok,) = act("timeOutOrder", someone(), address(sys.qos), abi.encodeCall(QosEscrow.timeOut, (id)));
        must(ok == due, "11: refunded after deadline and grace, not before");
        if (!ok) return;
        _turn(id, QosEscrow.State.Open, QosEscrow.State.Refunded);
        _refunded(o, before);
    }

    function endOrder() internal {
        bytes32 id = _someOrder();
        QosOrder memory o = _terms[id];
        uint256 before = sys.escrow.reserved(address(sys.qos));
        bool ok;
        if (chance(2) == 0) {
            (ok,) = act("endOrder", someone(), address(sys.qos), abi.encodeCall(QosEscrow.end, (id)));
            if (ok) must(block.timestamp > o.until + sys.qos.GRACE_SECONDS(), "11: held until its end and the grace");
        } else {
            ConfigRemoved memory c = ConfigRemoved(id, time() - uint64(chance(500)));
            bytes32 digest = _qosDigest(keccak256(abi.encode(Typed.CONFIG_REMOVED, c)));
            Seal memory seal = sealFor(epoch(), digest, chance(8) != 0);
            (ok,) = act("endEarly", someone(), address(sys.qos), abi.encodeCall(QosEscrow.endEarly, (c, seal)));
        }
        if (!ok) return;
        must(_state[id] == QosEscrow.State.Released, "11: only what was released has something held");
        must(before - sys.escrow.reserved(address(sys.qos)) == o.holdBack, "11: what was held goes once, whole");
        _turn(id, QosEscrow.State.Released, QosEscrow.State.Released);
    }

    function buy() internal {
        Actor buyer = someone();
        Quote memory q;
        uint256 segment = chance(2);
        q.segmentId = bytes32(segment);
        q.seller = someAddress();
        q.pricePerGB = chance(8) == 0 ? type(uint128).max : uint128(1 + chance(COIN));
        q.start = (time() / 3600 + uint64(chance(chance(4) == 0 ? 300 : 8))) * 3600;
        q.end = q.start + uint64(chance(chance(4) == 0 ? 300 : 5)) * 3600;
        q.nonce = chance(64);
        q.expiry = time() + uint64(chance(2));
        uint64 gigabytes = uint64(chance(20));
        (bool ok, bytes memory out) = act(
            "buy",
            buyer,
            address(sys.ditex),
            abi.encodeCall(Ditex.buy, (q, "", gigabytes, type(uint128).max, sys.ditex.quoteHash(q)))
        );
        if (!ok) return;
        must(q.pricePerGB != type(uint128).max, "12: what has no price is sold to nobody");
        must(!_void[q.seller][q.nonce], "12: a nonce that was used or cancelled fills nothing");
        _void[q.seller][q.nonce] = true;
        for (uint256 i = 0; i < _sold.length; ++i) {
            Sold storage s = _sold[i];
            bool apart = s.seller != q.seller || s.segment != segment || s.end <= q.start || q.end <= s.start;
            must(apart, "12: an hour of a segment is sold once");
        }
        _sold.push(Sold(abi.decode(out, (bytes32)), segment, q.seller, q.start, q.end));
    }

    function cancelQuotes() internal {
        Actor seller = someone();
        uint256 nonce = chance(64);
        if (chance(3) != 0) return;
        (bool ok,) = act("cancel", seller, address(sys.ditex), abi.encodeCall(Ditex.cancel, (0, 1 << nonce)));
        if (ok) _void[address(seller)][nonce] = true;
    }

    function closeDeal() internal {
        if (_sold.length == 0) return;
        Sold memory s = _sold[chance(_sold.length)];
        (,,,, bool open) = sys.ditex.deals(s.id);
        uint256 way = chance(3);
        bool ok;
        if (way == 0) {
            (ok,) = act("pay", someone(), address(sys.ditex), abi.encodeCall(Ditex.pay, (s.id)));
            must(ok == (open && block.timestamp > s.end + sys.ditex.GRACE_SECONDS()), "12: paid when it is over");
        } else if (way == 1) {
            Actor who = someone();
            (ok,) = act("void", who, address(sys.ditex), abi.encodeCall(Ditex.void, (s.id)));
            must(ok == (open && address(who) == s.seller), "12: void by the seller alone");
        } else {
            DealFailed memory f = DealFailed(s.id, time());
            bytes32 digest = digestFor(
                address(sys.ditex), "srwan Ditex", keccak256(abi.encode(Typed.DEAL_FAILED, f))
            );
            Seal memory seal = sealFor(epoch(), digest, chance(4) != 0);
            (ok,) = act("voidFailed", someone(), address(sys.ditex), abi.encodeCall(Ditex.voidFailed, (f, seal)));
        }
        must(open || !ok, "12: a deal ends once");
    }

    function _qosDigest(bytes32 hash) private view returns (bytes32) {
        return digestFor(address(sys.qos), "srwan QosEscrow", hash);
    }

    /// Mostly one of the last, which are still young.
    function _someOrder() private returns (bytes32) {
        uint256 n = _orders.length;
        if (n == 0) return 0;
        return _orders[chance(4) == 0 ? chance(n) : n - 1 - chance(n < 6 ? n : 6)];
    }

    function _turn(bytes32 id, QosEscrow.State from, QosEscrow.State to) private {
        must(_state[id] == from, "11: an order is open, then released or refunded, once");
        (,,,,,, QosEscrow.State now_,,,) = sys.qos.orders(id);
        must(now_ == to, "11: and says so");
        _state[id] = to;
    }

    function _refunded(QosOrder memory o, uint96 before) private view {
        (uint96 free,,) = sys.escrow.accounts(o.consumer);
        must(free == before + o.amount, "11: a refund is whole");
    }
}
