import Documents
import Kernel

/// An event that waits for its targets under a customer's key. What is not its detail stays readable, as in AWS.
struct SealedEvent: Codable, Sendable {
    /// The whole event: nonce, ciphertext and tag.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrappedKey: [UInt8]
}

/// Data keys of buses with a customer's key.
typealias BusKeys = KeyCache<BusKeyName, DataKey>

enum BusKeyName: Hashable, Sendable {
    case toSeal(bus: String, key: String)
    case toOpen(bus: String, wrapped: [UInt8])
}

/// Customers' keys of event buses
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html).
extension EventBridgeService {
    private static func context(_ place: BusPlace) -> Document { ["aws:events:event-bus:arn": .string(place.arn)] }

    /// - Throws: ``AWSError`` of KMS.
    func seal(_ json: String, under key: String, of place: BusPlace, _ platform: Platform) async throws -> SealedEvent {
        let key = try await dataKey(.toSeal(bus: place.arn, key: key), of: place, platform)
        return SealedEvent(bytes: try key.seal(Array(json.utf8), place: place.arn), wrappedKey: key.wrapped)
    }

    /// - Throws: ``AWSError`` of KMS.
    func open(_ sealed: SealedEvent, of place: BusPlace, _ platform: Platform) async throws -> String {
        let key = try await dataKey(.toOpen(bus: place.arn, wrapped: sealed.wrappedKey), of: place, platform)
        return String(decoding: try key.open(sealed.bytes, place: place.arn), as: UTF8.self)
    }

    private func dataKey(_ name: BusKeyName, of place: BusPlace, _ platform: Platform) async throws -> DataKey {
        let now = platform.clock.now()
        if let known = keys.key(name, at: now) { return known }
        let caller = Caller.service(Self.principal, account: place.account, sourceARN: place.arn)
        let kms: DataKey.Asking = {
            try await platform.call(Call("kms", $0, $1, caller: caller, region: place.region)).output
        }
        let key: DataKey =
            switch name {
            case .toSeal(_, let key): try await .generate(under: key, for: Self.context(place), kms)
            case .toOpen(_, let wrapped): try await .unwrap(wrapped, for: Self.context(place), kms)
            }
        keys.keep(key, as: name, until: now + DataKey.lifetime, at: now)
        return key
    }

    /// A key that a bus is given must be one that it can use.
    func check(key: String, _ context: Context) async throws {
        func invalid(_ reason: String) -> EventsFault {
            .validation("Parameter KmsKeyIdentifier is not valid. Reason: \(reason)")
        }
        do {
            guard try await DataKey.canBeMade(under: key, { try await context.callAsCaller("kms", $0, $1).output }) else {
                throw invalid("it must be an enabled symmetric encryption key.")
            }
        } catch let error as AWSError where error.isSenders {
            throw invalid(error.message)
        }
    }

    /// - Throws: ``EventsFault/validation(_:)`` for what is no standard queue.
    static func check(deadLetter queue: String) throws {
        guard let arn = ARN(queue), arn.service == "sqs", !arn.resource.hasSuffix(".fifo") else {
            throw EventsFault.validation("Parameter DeadLetterConfig.Arn is not valid. Reason: it must be a standard SQS queue.")
        }
    }

    /// What becomes of an event that the bus's key could not seal: it goes to the bus's own queue, or is lost
    /// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html).
    func unsealed(
        _ event: BusEvent, on place: BusPlace, deadLetter: String?, _ error: AWSError, _ platform: Platform
    ) throws -> Consequences {
        let failure = DeliveryFailure(error)
        guard let queue = deadLetter else {
            platform.log.warning(
                "an event is dropped that its bus's key could not seal",
                metadata: ["bus": "\(place.arn)", "event": "\(event.id)", "error": "\(error.code): \(error.message)"])
            return Consequences()
        }
        let payload: Document = [
            "queue": .string(queue), "event": .string(event.json), "rule": .string(place.arn),
            "account": .string(place.account),
            "attributes": [
                "EVENT_BUS_ARN": .string(place.arn), "ERROR_CODE": .string(failure.code),
                "ERROR_MESSAGE": .string(failure.message),
                "RETRY_ATTEMPTS": "0",
            ],
        ]
        let now = platform.clock.now()
        return Consequences(deliveries: [
            Delivery(
                id: Identifier.uuid(), lane: "dead letters \(queue)", service: Self.id, name: "deadLetter", payload: payload,
                created: now, expires: now + EventsLimit.deadLetterAge)
        ])
    }

    /// An event as an archive keeps it.
    /// - Returns: nil where the archive's key could not seal it: then the archive goes without
    ///   (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-archives.html).
    func copy(
        of event: BusEvent, for archive: OpenArchive, on place: BusPlace, _ platform: Platform
    ) async throws -> ArchivedEvent? {
        let time = event.time ?? platform.clock.now()
        guard let key = archive.key else { return ArchivedEvent(id: event.id, time: time, json: event.json) }
        do {
            let sealed = try await seal(event.json, under: key, of: place, platform)
            return ArchivedEvent(id: event.id, time: time, json: "", sealed: sealed)
        } catch let error as AWSError where !error.isTransient {
            platform.log.warning(
                "an event is not archived, for the archive's key could not seal it",
                metadata: ["archive": "\(archive.place.arn)", "event": "\(event.id)", "error": "\(error.code): \(error.message)"])
            return nil
        }
    }
}
