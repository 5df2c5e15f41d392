import Documents
import Kernel
import Store

/// Server-side encryption (https://docs.aws.amazon.com/firehose/latest/dev/encryption.html): records rest sealed in the log.
///
/// Under a customer's key, the caller of StartDeliveryStreamEncryption grants Firehose its use; the data key rests as KMS
/// wrapped it. Under AWS's own key, records are sealed under one that is derived from the root key.
extension FirehoseService {
    struct EncryptionInput: Codable, Sendable {
        var KeyARN: String?
        var KeyType: String
    }
    struct StartInput: Codable, Sendable {
        var DeliveryStreamName: String
        var DeliveryStreamEncryptionConfigurationInput: EncryptionInput?
    }

    func startEncryption(_ input: StartInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        let old = live.record
        try Self.demandActive(old, context.now)
        guard old.source == nil else {
            throw FirehoseFault.invalid(
                "Server-side encryption can only be started for a Firehose with Direct PUT as its source.")
        }
        let wanted = input.DeliveryStreamEncryptionConfigurationInput ?? EncryptionInput(KeyType: "AWS_OWNED_CMK")
        let encryption = try await begin(wanted, of: old, context)
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            record.retireKey()
            record.encryption = encryption
            record.updated = context.now
        }
        return Nothing()
    }

    struct StopInput: Codable, Sendable { var DeliveryStreamName: String }

    func stopEncryption(_ input: StopInput, _ context: Context) async throws -> Nothing {
        let live = try await stream(input.DeliveryStreamName, context)
        try await change(live, context) { record, _ in
            try Self.demandActive(record, context.now)
            guard record.encryption?.isOn == true else { return }
            record.retireKey()
            record.encryption?.status = "DISABLED"
            record.encryption?.wrapped = nil
            record.updated = context.now
        }
        return Nothing()
    }

    /// Gets a data key under the asked-for KMS key.
    func begin(_ input: EncryptionInput, of record: StreamRecord, _ context: Context) async throws -> StreamRecord.Encryption {
        guard input.KeyType == "CUSTOMER_MANAGED_CMK" else {
            guard input.KeyARN == nil else {
                throw FirehoseFault.invalid("KeyARN must not be specified with the key type AWS_OWNED_CMK.")
            }
            return StreamRecord.Encryption(keyType: input.KeyType, status: "ENABLED")
        }
        guard let key = input.KeyARN else {
            throw FirehoseFault.invalid("KeyARN must be specified with the key type CUSTOMER_MANAGED_CMK.")
        }
        do {
            let grant: Document = [
                "KeyId": .string(key), "GranteePrincipal": .string(Self.principal),
                "RetiringPrincipal": .string(Self.principal), "Operations": ["GenerateDataKey", "Decrypt"],
                "Constraints": ["EncryptionContextSubset": Self.encryptionContext(record)],
            ]
            let made = try await context.callAsCaller("kms", "CreateGrant", grant).output
            let dataKey = try await DataKey.generate(
                under: key, for: Self.encryptionContext(record), Self.kms(record, context.platform))
            return StreamRecord.Encryption(
                keyType: input.KeyType, keyARN: dataKey.keyARN, status: "ENABLED", wrapped: dataKey.wrapped,
                grant: made["GrantId"]?.string)
        } catch let error as AWSError where error.isSenders {
            throw FirehoseFault.kms(code: error.code, error.message)
        }
    }

    private static func encryptionContext(_ record: StreamRecord) -> Document { ["aws:firehose:arn": .string(record.arn)] }

    private static func kms(_ record: StreamRecord, _ platform: Platform) -> DataKey.Asking {
        let caller = Caller.service(principal, account: record.account, sourceARN: record.arn)
        return { try await platform.call(Call("kms", $0, $1, caller: caller, region: record.region)).output }
    }

    /// The key to seal new records with; nil while encryption is off.
    func sealingKey(of record: StreamRecord, _ platform: Platform) async throws -> RecordKey? {
        guard let encryption = record.encryption, encryption.isOn else { return nil }
        guard let wrapped = encryption.wrapped else { return RecordKey(number: 0, sealer: Self.ownKey(platform)) }
        do {
            return try await dataKey(record.keyNumber + 1, wrapped, encryption.keyARN ?? "", record, platform)
        } catch let error as AWSError where error.isSenders {
            throw FirehoseFault.kms(code: error.code, error.message)
        }
    }

    /// The key that a record names.
    func openingKey(_ number: Int, of record: StreamRecord, _ platform: Platform) async throws -> RecordKey {
        if number == 0 { return RecordKey(number: 0, sealer: Self.ownKey(platform)) }
        if number == record.keyNumber + 1, let encryption = record.encryption, let wrapped = encryption.wrapped {
            return try await dataKey(number, wrapped, encryption.keyARN ?? "", record, platform)
        }
        guard let old = record.oldKeys.first(where: { $0.number == number }) else {
            throw StoreError.corrupt("data key \(number) of \(record.arn)")
        }
        return try await dataKey(number, old.wrapped, old.keyARN, record, platform)
    }

    private func dataKey(
        _ number: Int, _ wrapped: [UInt8], _ arn: String, _ record: StreamRecord, _ platform: Platform
    ) async throws -> RecordKey {
        let slot = "\(record.id) \(number)"
        let now = platform.clock.now()
        if let known = dataKeys.key(slot, at: now) { return RecordKey(number: number, sealer: known.sealer) }
        let key = try await DataKey.unwrap(
            wrapped, under: arn, for: Self.encryptionContext(record), Self.kms(record, platform))
        dataKeys.keep(key, as: slot, until: now + DataKey.lifetime, at: now)
        return RecordKey(number: number, sealer: key.sealer)
    }
}

extension StreamRecord {
    /// Records sealed with the present data key must still open.
    mutating func retireKey() {
        guard let encryption, let wrapped = encryption.wrapped, let arn = encryption.keyARN else { return }
        keyNumber += 1
        oldKeys.append(OldKey(number: keyNumber, keyARN: arn, wrapped: wrapped))
        // Records older than a day are gone; so many changes in a day are none that anybody makes.
        if oldKeys.count > FirehoseLimit.oldKeys { oldKeys.removeFirst() }
    }
}

/// A key that records are sealed with, and the number by which they name it; 0 is AWS's own.
struct RecordKey: Sendable {
    var number: Int
    var sealer: Sealer
}
