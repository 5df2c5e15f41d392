import Documents
import Kernel
import Store

/// New material under the same key: by the clock or on demand. What older material encrypted stays readable
/// (https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html).
extension KMSService {
    struct EnableRotationInput: Codable, Sendable {
        var KeyId: String
        var RotationPeriodInDays: Int?
    }

    func enableRotation(_ input: EnableRotationInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.rotatable(input.KeyId, context, transaction)
            try Self.mustRotateByTime(key)
            let days = input.RotationPeriodInDays ?? key.rotation?.days ?? KMSLimit.defaultRotationDays
            guard KMSLimit.rotationDays.contains(days) else {
                throw KMSFault.validation(
                    "RotationPeriodInDays must be between \(KMSLimit.rotationDays.lowerBound) and \(KMSLimit.rotationDays.upperBound)."
                )
            }
            // Enabling again with the same period changes nothing; with another, the days count from now.
            if key.rotation?.days == days { return }
            key.rotation = .init(days: days, next: context.now + .days(days))
            try transaction.keepWithReplicas(key)
            try transaction.scheduleRotation(key, on: context.platform)
        }
        return Nothing()
    }

    func disableRotation(_ input: KeyIDInput, _ context: Context) async throws -> Nothing {
        try await context.store.write { transaction in
            var key = try self.rotatable(input.KeyId, context, transaction)
            try Self.mustRotateByTime(key)
            key.rotation = nil
            try transaction.keepWithReplicas(key)
            try transaction.scheduleRotation(key, on: context.platform)
        }
        return Nothing()
    }

    struct RotationStatusOutput: Codable, Sendable {
        var KeyRotationEnabled: Bool
        var KeyId: String
        var RotationPeriodInDays: Int?
        var NextRotationDate: Timestamp?
    }

    func rotationStatus(_ input: KeyIDInput, _ context: Context) async throws -> RotationStatusOutput {
        let key = try await context.store.read { try self.managed(input.KeyId, context, $0).key }
        // The status of keys that are never rotated is false, not a refusal (API Reference, "GetKeyRotationStatus").
        // Rotation rests while the key waits for its deletion.
        let rotation = key.deletion == nil ? key.rotation : nil
        return RotationStatusOutput(
            KeyRotationEnabled: rotation != nil, KeyId: key.arn, RotationPeriodInDays: rotation?.days,
            NextRotationDate: rotation?.next)
    }

    func rotateOnDemand(_ input: KeyIDInput, _ context: Context) async throws -> KeyIDOutput {
        let fresh = try await KeyMaking.material(.symmetric)
        return try await context.store.write { transaction in
            var key = try self.rotatable(input.KeyId, context, transaction)
            try key.mustBeUsable()
            try Self.mustBePrimary(key)
            guard key.onDemandRotations < KMSLimit.onDemandRotations else {
                throw KMSFault.limitExceeded("The key \(key.arn) was rotated on demand \(key.onDemandRotations) times.")
            }
            key.onDemandRotations += 1
            let old = key.currentMaterial
            if key.origin == .external {
                try Self.turn(&key, context.now)
            } else {
                try self.renew(&key, fresh, "ON_DEMAND", context.now, context.vault)
            }
            try transaction.keepWithReplicas(key)
            try transaction.tellRotation(of: key, after: old, "ON_DEMAND", on: context.platform)
            return KeyIDOutput(KeyId: key.arn)
        }
    }

    /// Imported material that waits becomes the current one.
    private static func turn(_ key: inout KeyRecord, _ now: Timestamp) throws(KMSFault) {
        guard let index = key.materials.firstIndex(where: { $0.isPendingRotation == true }), key.materials[index].sealed != nil
        else {
            throw .invalidState("\(key.arn) has no imported key material that waits for rotation.")
        }
        key.materials[index].isPendingRotation = nil
        key.materials[index].rotation = "ON_DEMAND"
        key.materials[index].created = now
        key.current = key.materials[index].number
    }

    private func renew(_ key: inout KeyRecord, _ plain: [UInt8], _ type: String, _ now: Timestamp, _ vault: KeyVault) throws {
        let number = (key.materials.map(\.number).max() ?? 0) + 1
        key.materials.append(try vault.material(plain, of: key.id, number: number, at: now, rotation: type))
        key.current = number
    }

    /// The timer: new material, and the next date. At the latest when Tarn runs again; rotations that were missed are one.
    func rotateDue(_ timer: TimerRecord, _ platform: Platform) async throws {
        guard let region = timer.payload["region"]?.string, let id = timer.payload["key"]?.string else { return }
        let fresh = try await KeyMaking.material(.symmetric)
        let now = platform.clock.now()
        try await platform.store.write { transaction in
            guard var key = try transaction.record(KeyRecord.self, KeyRecord.key(region, id)), let rotation = key.rotation,
                rotation.next <= now
            else { return }
            // A key that is out of use is not rotated now, but when it is enabled again.
            guard key.deletion == nil, key.isEnabled else { return }
            let old = key.currentMaterial
            try self.renew(&key, fresh, "AUTOMATIC", now, platform.vault)
            key.rotation = .init(days: rotation.days, next: now + .days(rotation.days))
            try transaction.keepWithReplicas(key)
            try transaction.scheduleRotation(key, on: platform)
            try transaction.tellRotation(of: key, after: old, "AUTOMATIC", on: platform)
        }
    }

    struct ListRotationsInput: Codable, Sendable {
        var KeyId: String
        var IncludeKeyMaterial: String?
        var Limit: Int?
        var Marker: String?
    }
    struct RotationsOutput: Codable, Sendable {
        struct Rotation: Codable, Sendable {
            var KeyId: String
            var KeyMaterialId: String
            var KeyMaterialDescription: String?
            var ImportState: String?
            var KeyMaterialState: String
            var ExpirationModel: String?
            var ValidTo: Timestamp?
            var RotationDate: Timestamp?
            var RotationType: String?
        }
        var Rotations: [Rotation]
        var NextMarker: String?
        var Truncated: Bool
    }

    func listRotations(_ input: ListRotationsInput, _ context: Context) async throws -> RotationsOutput {
        let page = try KeyPage(input.Limit, input.Marker, of: context.list(input.KeyId, input.IncludeKeyMaterial), standard: 100)
        let key = try await context.store.read { try self.managed(input.KeyId, context, $0).key }
        guard key.spec == .symmetric else { throw Self.notSymmetric(key) }
        let all = key.materials.filter { input.IncludeKeyMaterial == "ALL_KEY_MATERIAL" || $0.rotation != nil }
        let rest = page.after.map { last in all.drop { $0.id != last }.dropFirst() } ?? all[...]
        let shown = rest.prefix(page.limit)
        let isTruncated = rest.count > shown.count
        return RotationsOutput(
            Rotations: shown.map { Self.shown($0, of: key) },
            NextMarker: isTruncated ? shown.last.map { page.marker($0.id) } : nil, Truncated: isTruncated)
    }

    private static func shown(_ material: KeyRecord.Material, of key: KeyRecord) -> RotationsOutput.Rotation {
        let isImported = key.origin == .external
        let state = material.isPendingRotation == true ? "PENDING_ROTATION" : nil
        return .init(
            KeyId: key.id, KeyMaterialId: material.id, KeyMaterialDescription: material.description,
            ImportState: isImported ? (material.sealed == nil ? "PENDING_IMPORT" : "IMPORTED") : nil,
            KeyMaterialState: state ?? (material.number == key.current ? "CURRENT" : "NON_CURRENT"),
            ExpirationModel: isImported
                ? (material.expires == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES") : nil,
            ValidTo: material.expires, RotationDate: material.rotation == nil ? nil : material.created,
            RotationType: material.rotation)
    }

    private func rotatable(_ text: String, _ context: Context, _ snapshot: Snapshot) throws -> KeyRecord {
        let key = try managed(text, context, snapshot).key
        try key.mustNotBeDeleted()
        guard key.spec == .symmetric else { throw Self.notSymmetric(key) }
        try key.mustBeEnabled()
        try Self.mustBePrimary(key)
        return key
    }

    /// Imported material is rotated on demand only (Developer Guide, "Key states", details 6 and 7).
    private static func mustRotateByTime(_ key: KeyRecord) throws(KMSFault) {
        guard key.origin == .kms else {
            throw .unsupported("\(key.arn) origin is \(key.origin.rawValue) which is not valid for this operation.")
        }
    }

    private static func notSymmetric(_ key: KeyRecord) -> KMSFault {
        .unsupported("\(key.arn) is a \(key.spec.rawValue) key: only symmetric encryption keys are rotated.")
    }

    /// What all keys of a multi-Region set share is changed at the primary.
    static func mustBePrimary(_ key: KeyRecord) throws(KMSFault) {
        guard let regions = key.multiRegion, regions.primary != key.region else { return }
        throw .unsupported("\(key.arn) is a multi-Region replica key: use the primary key in \(regions.primary).")
    }
}

extension Transaction {
    /// Sets or clears the timer by which a key is given new material.
    func scheduleRotation(_ key: KeyRecord, on platform: Platform) throws {
        let id = "rotate/\(key.region)/\(key.id)"
        guard let rotation = key.rotation else { return try cancelTimer(KMSService.id, id: id) }
        try schedule(
            TimerRecord(
                id: id, service: KMSService.id, name: "rotate", due: rotation.next,
                payload: ["region": .string(key.region), "key": .string(key.id)]), on: platform)
    }

    /// Writes a key, and carries what a multi-Region set shares to its replicas: material and rotation.
    func keepWithReplicas(_ key: KeyRecord) throws {
        try keep(key)
        for region in key.multiRegion?.replicas ?? [] {
            guard var replica = try record(KeyRecord.self, KeyRecord.key(region, key.id)) else { continue }
            if key.origin == .kms { (replica.materials, replica.current) = (key.materials, key.current) }
            (replica.rotation, replica.onDemandRotations) = (key.rotation, key.onDemandRotations)
            try keep(replica)
        }
    }
}
