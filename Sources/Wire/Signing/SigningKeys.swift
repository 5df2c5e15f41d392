import Crypto
import Synchronization

/// Derived signing keys, which hold for a day: the least recently used go first.
final class SigningKeys: Sendable {
    private struct Name: Hashable {
        let accessKeyID, secret, date, region, service: String
    }
    private struct State {
        var keys: [Name: (key: SymmetricKey, used: UInt64)] = [:]
        var uses: UInt64 = 0
    }
    private let state = Mutex(State())

    func key(_ presented: PresentedSignature, secret: String) -> SymmetricKey {
        let name = Name(
            accessKeyID: presented.accessKeyID, secret: secret, date: presented.date, region: presented.region,
            service: presented.service)
        let known = state.withLock { state -> SymmetricKey? in
            state.uses += 1
            state.keys[name]?.used = state.uses
            return state.keys[name]?.key
        }
        if let known { return known }
        let key = SigV4.signingKey(secret: secret, date: name.date, region: name.region, service: name.service)
        state.withLock { state in
            if state.keys.count >= Limit.signingKeys, let oldest = state.keys.min(by: { $0.value.used < $1.value.used }) {
                state.keys[oldest.key] = nil
            }
            state.keys[name] = (key, state.uses)
        }
        return key
    }
}
