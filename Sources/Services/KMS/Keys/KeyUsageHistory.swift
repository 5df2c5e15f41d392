import Documents
import Kernel

/// GetKeyLastUsage (https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html). The audit knows every use,
/// for as long as it keeps events: there is no record of uses beside it.
extension KMSService {
    struct LastUsageOutput: Codable, Sendable {
        struct Usage: Codable, Sendable {
            var Operation: String?
            var Timestamp: Documents.Timestamp?
            var CloudTrailEventId: String?
            var KmsRequestId: String?
        }
        var KeyId: String
        var KeyLastUsage = Usage()
        var TrackingStartDate: Timestamp
        var KeyCreationDate: Timestamp
    }

    private static let cryptographic: Set<String> = [
        "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "ReEncrypt", "Sign", "Verify",
        "VerifyMac",
    ]

    func lastUsage(_ input: KeyIDInput, _ context: Context) async throws -> LastUsageOutput {
        let key = try await context.store.read { try self.managed(input.KeyId, context, $0).key }
        let start = max(key.created, context.now - AuditHistory.Limit.life)
        var output = LastUsageOutput(KeyId: key.id, TrackingStartDate: start, KeyCreationDate: key.created)
        await context.platform.audit.flush()
        let history = AuditHistory(context.platform)
        var query = AuditHistory.Query(
            account: key.account, region: key.region, attribute: (.resourceName, key.arn), from: start, to: context.now,
            before: nil, limit: KMSLimit.page)
        repeat {
            let page = try await history.lookup(query)
            for (_, entry) in page.events {
                guard let usage = try Self.usage(entry) else { continue }
                output.KeyLastUsage = usage
                return output
            }
            query.before = page.next
        } while query.before != nil
        return output
    }

    /// - Returns: nil for what is no successful use of a key.
    private static func usage(_ entry: AuditEntry) throws -> LastUsageOutput.Usage? {
        let event = try JSON.parse(entry.event)
        guard let name = event["eventName"]?.string, cryptographic.contains(name), event["errorCode"] == nil,
            event["eventSource"]?.string == "kms.amazonaws.com"
        else { return nil }
        return .init(
            Operation: name, Timestamp: entry.time, CloudTrailEventId: event["eventID"]?.string,
            KmsRequestId: event["requestID"]?.string)
    }
}
