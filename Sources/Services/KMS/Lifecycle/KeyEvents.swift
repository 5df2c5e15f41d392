import Documents
import Kernel
import Store

/// What KMS does by itself, in the audit (https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html and its
/// neighbours) and on the default bus (https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html).
extension Transaction {
    /// - Parameter old: the material before it, if the key had one.
    func tellRotation(of key: KeyRecord, after old: KeyRecord.Material?, _ type: String, on platform: Platform) throws {
        var (details, detail): (Members, Members) = (["rotationType": .string(type)], ["key-id": .string(key.id)])
        (details["keyOrigin"], detail["key-origin"]) = (.string(key.origin.rawValue), .string(key.origin.rawValue))
        detail["rotation-type"] = .string(type)
        if let old {
            (details["previousKeyMaterialId"], detail["previous-key-material-id"]) = (.string(old.id), .string(old.id))
        }
        if let id = key.currentMaterial?.id {
            (details["currentKeyMaterialId"], detail["current-key-material-id"]) = (.string(id), .string(id))
        }
        details["keyId"] = .string(key.id)
        try note(deed("RotateKey", key, details: details), on: platform)
        try announce("KMS CMK Rotation", key, detail, on: platform)
    }

    func tellExpiry(of material: String, _ key: KeyRecord, on platform: Platform) throws {
        let details: Members = ["keyId": .string(key.id), "keyMaterialId": .string(material)]
        try note(deed("DeleteExpiredKeyMaterial", key, details: details), on: platform)
        let detail: Members = ["key-id": .string(key.id), "key-material-id": .string(material)]
        try announce("KMS Imported Key Material Expiration", key, detail, on: platform)
    }

    func tellDeletion(of key: KeyRecord, on platform: Platform) throws {
        try note(deed("DeleteKey", key, response: ["keyId": .string(key.arn)]), on: platform)
        try announce("KMS CMK Deletion", key, ["key-id": .string(key.id)], on: platform)
    }

    private func deed(_ name: String, _ key: KeyRecord, details: Members = [:], response: Members = [:]) -> AuditDeed {
        AuditDeed(
            KMSService.id, name, account: key.account, region: key.region, on: "AWS::KMS::Key", key.arn, details: details,
            response: response)
    }

    private func announce(_ type: String, _ key: KeyRecord, _ detail: Members, on platform: Platform) throws {
        try announce(
            ServiceEvent(
                account: key.account, region: key.region, source: "aws.kms", detailType: type, resources: [key.arn],
                detail: .map(detail), time: platform.clock.now()), on: platform)
    }
}
