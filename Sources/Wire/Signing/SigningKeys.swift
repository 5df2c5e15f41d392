import Crypto
import Synchronization

/// Derived signing keys: the least recently used go first. Those of Signature Version 4 hold for a day.
final class SigningKeys: Sendable {
    private struct Name: Hashable {
        let accessKeyID, secret, date, region, service: String
    }
    private struct State {
        var keys: [Name: (key: VerificationKey, used: UInt64)] = [:]
        var uses: UInt64 = 0
    }
    private let state = Mutex(State())

    /// - Throws: ``AuthFault/unsupportedMechanism``
    func key(_ presented: PresentedSignature, secret: String) throws -> VerificationKey {
        let isSymmetric = presented.regionSet == nil
        let name = Name(
            accessKeyID: presented.accessKeyID, secret: secret, date: isSymmetric ? presented.date : "",
            region: isSymmetric ? presented.region : "*", service: isSymmetric ? presented.service : "")
        let known = state.withLock { state -> VerificationKey? in
            state.uses += 1
            guard let place = state.keys.index(forKey: name) else { return nil }
            state.keys.values[place].used = state.uses
            return state.keys.values[place].key
        }
        if let known { return known }
        let key: VerificationKey
        if isSymmetric {
            key = .hmac(SigV4.signingKey(secret: secret, date: name.date, region: name.region, service: name.service))
        } else {
            guard let derived = SigV4A.privateKey(accessKeyID: name.accessKeyID, secret: secret) else {
                throw AuthFault.unsupportedMechanism
            }
            key = .ecdsa(derived.publicKey)
        }
        state.withLock { state in
            if state.keys.count >= Limit.signingKeys, let oldest = state.keys.min(by: { $0.value.used < $1.value.used }) {
                state.keys[oldest.key] = nil
            }
            state.keys[name] = (key, state.uses)
        }
        return key
    }
}
