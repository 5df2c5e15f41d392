import Documents
import EventSources
import Kernel

/// What of a pipe rests under a customer's key.
struct SealedPipe: Codable, Sendable {
    /// Nonce, ciphertext and tag of the parts as JSON.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrapped: [UInt8]
}

/// Customers' keys of pipes: event patterns and input templates rest under them, and the pipe's role uses them
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-pipes-cmkey.html).
struct PipeSealing {
    private let platform: Platform
    private let role: ServiceRole

    init(on platform: Platform) { (self.platform, role) = (platform, ServiceRole(on: platform)) }

    /// The pipe as it is kept: without the parts that its key seals.
    /// - Throws: ``PipesFault/invalid(_:)`` where the role cannot use the key, or cannot be assumed.
    func sealed(_ open: PipeRecord) async throws -> PipeRecord {
        guard let key = open.kmsKey else { return open }
        return try await asRole(of: open) { kms in
            guard try await DataKey.canBeMade(under: key, kms) else {
                throw Self.invalid("it must be an enabled symmetric encryption key.")
            }
            let data = try await DataKey.generate(under: key, for: Self.context(open), kms)
            var kept = open
            let parts = kept.takeParts()
            kept.sealed = SealedPipe(bytes: try data.seal(JSON.write(parts), place: open.arn), wrapped: data.wrapped)
            return kept
        }
    }

    /// The pipe with all its parts.
    /// - Throws: ``PipesFault/invalid(_:)`` where the role cannot use the key, or cannot be assumed.
    func opened(_ kept: PipeRecord) async throws -> PipeRecord {
        guard let sealed = kept.sealed else { return kept }
        return try await asRole(of: kept) { kms in
            let data = try await DataKey.unwrap(sealed.wrapped, for: Self.context(kept), kms)
            var open = kept
            open.putBack(try JSON.parse(try data.open(sealed.bytes, place: kept.arn)))
            open.sealed = nil
            return open
        }
    }

    private static func context(_ pipe: PipeRecord) -> Document { ["aws:pipes:arn": .string(pipe.arn)] }

    private static func invalid(_ reason: String) -> PipesFault { .invalid("KmsKeyIdentifier is not valid. Reason: \(reason)") }

    private func asRole(
        of pipe: PipeRecord, _ body: (DataKey.Asking) async throws -> PipeRecord
    ) async throws -> PipeRecord {
        let caller: Caller
        do {
            caller = try await role.caller(of: pipe.role, session: pipe.name, as: pipe.principal, region: pipe.region)
        } catch let error as AWSError where error.isSenders {
            throw PipesFault.unassumable(pipe.role)
        }
        do {
            return try await body { try await platform.call(Call("kms", $0, $1, caller: caller, region: pipe.region)).output }
        } catch let error as AWSError where error.isSenders {
            throw Self.invalid(error.message)
        }
    }
}

extension PipeRecord {
    private static let filters = "FilterCriteria"
    private static let template = "InputTemplate"

    /// Takes the event patterns and the templates out.
    fileprivate mutating func takeParts() -> Document {
        var parts: Members = [:]
        func take(_ name: String, from parameters: inout Document, as part: String) {
            guard case .map(var members) = parameters, let value = members.removeValue(forKey: name) else { return }
            parts[part] = value
            parameters = .map(members)
        }
        func take(_ name: String, from parameters: inout Document?, as part: String) {
            guard var present = parameters else { return }
            take(name, from: &present, as: part)
            parameters = present
        }
        take(Self.filters, from: &sourceParameters, as: "source")
        take(Self.template, from: &enrichmentParameters, as: "enrichment")
        take(Self.template, from: &targetParameters, as: "target")
        return .map(parts)
    }

    fileprivate mutating func putBack(_ parts: Document) {
        func with(_ name: String, _ value: Document, in parameters: Document?) -> Document {
            .map((parameters?.members ?? [:]).merging([name: value]) { $1 })
        }
        if let value = parts["source"] { sourceParameters = with(Self.filters, value, in: sourceParameters) }
        if let value = parts["enrichment"] { enrichmentParameters = with(Self.template, value, in: enrichmentParameters) }
        if let value = parts["target"] { targetParameters = with(Self.template, value, in: targetParameters) }
    }
}
