import Documents
import Kernel
import Store

/// EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion
/// (https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html).
extension KMSService {
    func enableKey(_ input: KeyIDInput, _ context: Context) async throws -> Nothing { try await set(true, input, context) }

    func disableKey(_ input: KeyIDInput, _ context: Context) async throws -> Nothing { try await set(false, input, context) }

    private func set(_ isEnabled: Bool, _ input: KeyIDInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            try key.mustNotBeDeleted()
            if key.isPendingImport { throw KMSFault.pendingImport(arn: key.arn) }
            guard key.isEnabled != isEnabled else { return }
            key.isEnabled = isEnabled
            try transaction.keep(key)
            // A rotation that fell due meanwhile is made up for at once.
            if isEnabled, key.rotation != nil, key.multiRegion.map({ $0.primary == key.region }) ?? true {
                try transaction.scheduleRotation(key, on: context.platform)
            }
        }
        return Nothing()
    }

    struct DeletionInput: Codable, Sendable {
        var KeyId: String
        var PendingWindowInDays: Int?
    }
    struct DeletionOutput: Codable, Sendable {
        var KeyId: String
        var DeletionDate: Timestamp?
        var KeyState: String
        var PendingWindowInDays: Int
    }

    func scheduleDeletion(_ input: DeletionInput, _ context: Context) async throws -> DeletionOutput {
        let days = input.PendingWindowInDays ?? KMSLimit.deletionDays.upperBound
        guard KMSLimit.deletionDays.contains(days) else {
            let bound =
                days < KMSLimit.deletionDays.lowerBound
                ? "greater than or equal to \(KMSLimit.deletionDays.lowerBound)"
                : "less than or equal to \(KMSLimit.deletionDays.upperBound)"
            throw KMSFault.validation(
                "1 validation error detected: Value '\(days)' at 'pendingWindowInDays' failed to satisfy constraint: "
                    + "Member must have value \(bound)")
        }
        return try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            try key.mustNotBeDeleted()
            let isPrimary = key.multiRegion?.primary == key.region
            let waits = isPrimary && key.multiRegion?.replicas.isEmpty == false
            key.deletion = .init(date: context.now + .days(days), days: days, waitsForReplicas: waits ? true : nil)
            try transaction.keep(key)
            if !waits { try transaction.scheduleDeletion(key, on: context.platform) }
            return DeletionOutput(
                KeyId: key.arn, DeletionDate: waits ? nil : key.deletion?.date, KeyState: key.state, PendingWindowInDays: days)
        }
    }

    /// The key comes back disabled, as AWS has it.
    func cancelDeletion(_ input: KeyIDInput, _ context: Context) async throws -> KeyIDOutput {
        try await context.store.write { transaction in
            var key = try self.managed(input.KeyId, context, transaction).key
            guard key.deletion != nil else { throw KMSFault.notPendingDeletion(arn: key.arn) }
            key.deletion = nil
            key.isEnabled = false
            try transaction.keep(key)
            try transaction.cancelTimer(KMSService.id, id: Self.deletionTimer(key))
            return KeyIDOutput(KeyId: key.arn)
        }
    }

    static func deletionTimer(_ key: KeyRecord) -> String { "delete/\(key.region)/\(key.id)" }

    /// The timer: the key with its material, aliases and grants is gone for good.
    func deleteDue(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let region = timer.payload["region"]?.string, let id = timer.payload["key"]?.string else { return }
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard let key = try transaction.record(KeyRecord.self, KeyRecord.key(region, id)), let deletion = key.deletion,
                deletion.waitsForReplicas != true, deletion.date <= now
            else { return }
            try self.erase(key, transaction, platform)
        }
    }

    private func erase(_ key: KeyRecord, _ transaction: Transaction, _ platform: Platform) throws {
        var names: [String] = []
        let aliases = AliasRecord.of(key.region, key.id)
        try transaction.scan(aliases) { place, _ in
            if case .text(let name)? = try place.elements().last { names.append(name) }
            return true
        }
        for name in names { try transaction.delete(AliasRecord.key(key.account, key.region, name)) }
        try transaction.deleteRange(from: aliases, to: aliases.rangeEnd)
        let grants = GrantRecord.all(key.region, key.id)
        let retirable = try transaction.all(GrantRecord.self, grants).compactMap(\.retirableKey)
        for place in retirable { try transaction.delete(place) }
        try transaction.deleteRange(from: grants, to: grants.rangeEnd)
        try transaction.cancelTimer(KMSService.id, id: "rotate/\(key.region)/\(key.id)")
        try transaction.delete(KeyRecord.all(key.account, key.region).appending(.text(key.id)))
        try transaction.delete(key.key)
        try leaveSet(key, transaction, platform)
        try transaction.tellDeletion(of: key, on: platform)
    }

    /// A replica that is gone is no longer named by its set; the last one lets a waiting primary go.
    private func leaveSet(_ key: KeyRecord, _ transaction: Transaction, _ platform: Platform) throws {
        guard let regions = key.multiRegion, regions.primary != key.region else { return }
        for region in [regions.primary] + regions.replicas where region != key.region {
            guard var other = try transaction.record(KeyRecord.self, KeyRecord.key(region, key.id)) else { continue }
            other.multiRegion?.replicas.removeAll { $0 == key.region }
            if region == regions.primary, other.multiRegion?.replicas.isEmpty == true, let deletion = other.deletion,
                deletion.waitsForReplicas == true
            {
                other.deletion = .init(date: platform.clock.now() + .days(deletion.days), days: deletion.days)
                try transaction.scheduleDeletion(other, on: platform)
            }
            try transaction.keep(other)
        }
    }
}

extension Transaction {
    func scheduleDeletion(_ key: KeyRecord, on platform: Platform) throws {
        guard let deletion = key.deletion else { return }
        try schedule(
            TimerRecord(
                id: KMSService.deletionTimer(key), service: KMSService.id, name: "delete", due: deletion.date,
                payload: ["region": .string(key.region), "key": .string(key.id)]), on: platform)
    }
}
