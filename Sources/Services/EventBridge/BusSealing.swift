import Crypto
import Documents
import Kernel
import Synchronization

/// An event that waits for its targets under a customer's key. What is not its detail stays readable, as in AWS.
struct SealedEvent: Codable, Sendable {
    /// The whole event: nonce, ciphertext and tag.
    var bytes: [UInt8]
    /// The data key as KMS sealed it.
    var wrappedKey: [UInt8]
}

/// Data keys of buses with a customer's key, for a while: a key that is turned off stops a bus soon, not at once.
final class BusKeys: Sendable {
    struct DataKey: Sendable {
        var plain: SymmetricKey
        var wrapped: [UInt8]
        var until: Timestamp
    }
    private enum Limit {
        static let kept = 1_000
        static let age = Duration.seconds(300)
    }
    /// By the bus and the customer's key, or by what KMS has sealed.
    private let keys = Mutex<[String: DataKey]>([:])

    func key(_ name: String, now: Timestamp) -> DataKey? { keys.withLock { $0[name].flatMap { $0.until > now ? $0 : nil } } }

    func keep(_ plain: [UInt8], _ wrapped: [UInt8], as name: String, now: Timestamp) -> DataKey {
        let key = DataKey(plain: SymmetricKey(data: plain), wrapped: wrapped, until: now + Limit.age)
        keys.withLock { keys in
            if keys.count >= Limit.kept { keys.removeAll() }
            keys[name] = key
        }
        return key
    }
}

/// Customers' keys of event buses
/// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html).
extension EventBridgeService {
    private static func context(_ place: BusPlace) -> Document { ["aws:events:event-bus:arn": .string(place.arn)] }

    private static func caller(_ place: BusPlace) -> Caller {
        .service(principal, account: place.account, sourceARN: place.arn)
    }

    /// - Throws: ``AWSError`` of KMS.
    func seal(_ json: String, under key: String, of place: BusPlace, _ platform: Platform) async throws -> SealedEvent {
        let (name, now) = ("\(place.arn) \(key)", platform.clock.now())
        var known = keys.key(name, now: now)
        if known == nil {
            let input: Document = ["KeyId": .string(key), "KeySpec": "AES_256", "EncryptionContext": Self.context(place)]
            let output = try await platform.call(
                Call("kms", "GenerateDataKey", input, caller: Self.caller(place), region: place.region)
            ).output
            guard let plain = output["Plaintext"]?.blob, let wrapped = output["CiphertextBlob"]?.blob else {
                throw AWSError.internalFailure
            }
            known = keys.keep(plain, wrapped, as: name, now: now)
        }
        guard let known,
            let bytes = try AES.GCM.seal(
                Array(json.utf8), using: known.plain, authenticating: Array(place.arn.utf8)
            ).combined
        else { throw AWSError.internalFailure }
        return SealedEvent(bytes: Array(bytes), wrappedKey: known.wrapped)
    }

    /// - Throws: ``AWSError`` of KMS.
    func open(_ sealed: SealedEvent, of place: BusPlace, _ platform: Platform) async throws -> String {
        let (name, now) = (Hex.encode(sealed.wrappedKey), platform.clock.now())
        var known = keys.key(name, now: now)
        if known == nil {
            let input: Document = ["CiphertextBlob": .blob(sealed.wrappedKey), "EncryptionContext": Self.context(place)]
            let output = try await platform.call(
                Call("kms", "Decrypt", input, caller: Self.caller(place), region: place.region)
            ).output
            guard let plain = output["Plaintext"]?.blob else { throw AWSError.internalFailure }
            known = keys.keep(plain, sealed.wrappedKey, as: name, now: now)
        }
        guard let known else { throw AWSError.internalFailure }
        let box = try AES.GCM.SealedBox(combined: sealed.bytes)
        let bytes = try AES.GCM.open(box, using: known.plain, authenticating: Array(place.arn.utf8))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A key that a bus is given must be one that it can use.
    func check(key: String, _ context: Context) async throws {
        let metadata: Document?
        do {
            metadata = try await context.callAsCaller("kms", "DescribeKey", ["KeyId": .string(key)]).output["KeyMetadata"]
        } catch let error as AWSError where error.isSenders {
            throw EventsFault.validation("Parameter KmsKeyIdentifier is not valid. Reason: \(error.message)")
        }
        guard metadata?["KeySpec"]?.string == "SYMMETRIC_DEFAULT", metadata?["KeyState"]?.string == "Enabled" else {
            throw EventsFault.validation(
                "Parameter KmsKeyIdentifier is not valid. Reason: it must be an enabled symmetric encryption key.")
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
