import Documents
import Kernel
import Store

/// DescribeSecret, ListSecrets, ListSecretVersionIds.
extension SecretsManagerService {
    struct DescribeOutput: Codable, Sendable {
        var ARN: String
        var Name: String
        var Description: String?
        var KmsKeyId: String?
        var RotationEnabled: Bool?
        var RotationLambdaARN: String?
        var RotationRules: RotationRules?
        var LastRotatedDate: Timestamp?
        var LastChangedDate: Timestamp
        var LastAccessedDate: Timestamp?
        var DeletedDate: Timestamp?
        var NextRotationDate: Timestamp?
        var Tags: [SecretRecord.Tag]?
        var VersionIdsToStages: [String: [String]]?
        var OwningService: String?
        var CreatedDate: Timestamp
        var PrimaryRegion: String?
        var ReplicationStatus: [ReplicaStatus]?
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    func describeSecret(_ input: SecretIdInput, _ context: Context) async throws -> DescribeOutput {
        let secret = try await context.store.read { try $0.secret(input.SecretId, context, evenDeleted: true) }
        let rotation = secret.rotation
        return DescribeOutput(
            ARN: secret.arn, Name: secret.name, Description: secret.description, KmsKeyId: secret.keyID,
            RotationEnabled: rotation?.isEnabled, RotationLambdaARN: rotation?.function, RotationRules: rotation?.shownRules,
            LastRotatedDate: rotation?.last, LastChangedDate: secret.changed, LastAccessedDate: secret.accessed,
            DeletedDate: secret.deletion, NextRotationDate: rotation?.next?.end, Tags: secret.tags.isEmpty ? nil : secret.tags,
            VersionIdsToStages: secret.stages.isEmpty ? nil : secret.versionsToStages, OwningService: secret.owningService,
            CreatedDate: secret.created, PrimaryRegion: secret.primaryRegion,
            ReplicationStatus: secret.isReplica || secret.primaryRegion == nil ? nil : secret.replicaStatus)
    }

    struct ListInput: Decodable, Sendable {
        var IncludePlannedDeletion: Bool?
        var MaxResults: Int?
        var NextToken: String?
        var Filters: [SecretFilter]?
        var SortOrder: String?
        var SortBy: String?
    }

    struct ListOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var ARN: String
            var Name: String
            var Description: String?
            var KmsKeyId: String?
            var RotationEnabled: Bool?
            var RotationLambdaARN: String?
            var RotationRules: RotationRules?
            var LastRotatedDate: Timestamp?
            var LastChangedDate: Timestamp
            var LastAccessedDate: Timestamp?
            var DeletedDate: Timestamp?
            var NextRotationDate: Timestamp?
            var Tags: [SecretRecord.Tag]?
            var SecretVersionsToStages: [String: [String]]?
            var OwningService: String?
            var CreatedDate: Timestamp
            var PrimaryRegion: String?

            init(_ secret: SecretRecord) {
                (ARN, Name, Description, KmsKeyId) = (secret.arn, secret.name, secret.description, secret.keyID)
                (RotationEnabled, RotationLambdaARN) = (secret.rotation?.isEnabled, secret.rotation?.function)
                (RotationRules, LastRotatedDate) = (secret.rotation?.shownRules, secret.rotation?.last)
                (LastChangedDate, LastAccessedDate) = (secret.changed, secret.accessed)
                (DeletedDate, NextRotationDate) = (secret.deletion, secret.rotation?.next?.end)
                Tags = secret.tags.isEmpty ? nil : secret.tags
                SecretVersionsToStages = secret.stages.isEmpty ? nil : secret.versionsToStages
                (OwningService, CreatedDate, PrimaryRegion) = (secret.owningService, secret.created, secret.primaryRegion)
            }
        }
        var SecretList: [Entry]
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
    func listSecrets(_ input: ListInput, _ context: Context) async throws -> ListOutput {
        for filter in input.Filters ?? [] { try filter.check() }
        let secrets = try await context.store.read { snapshot in
            try snapshot.all(SecretRecord.self, SecretRecord.all(context.account, context.region)) { secret in
                let isShown = secret.deletion == nil || input.IncludePlannedDeletion == true
                return isShown && (input.Filters ?? []).allSatisfy({ $0.matches(secret) })
            }
        }
        let descends = input.SortOrder == "desc"
        func place(_ secret: SecretRecord) -> SortPlace { SortPlace(secret, by: input.SortBy ?? "created-date") }
        var rows = secrets.map { (place: place($0), secret: $0) }
        rows.sort { descends ? $1.place < $0.place : $0.place < $1.place }
        let list = context.list(input.SortBy, input.SortOrder)
        if let token = input.NextToken {
            guard let last = SortPlace(token, of: list) else { throw SecretsFault.invalidNextToken }
            rows.removeAll { descends ? !($0.place < last) : !(last < $0.place) }
        }
        let page = rows.prefix(input.MaxResults ?? SecretsLimit.page)
        return ListOutput(
            SecretList: page.map { .init($0.secret) }, NextToken: rows.count > page.count ? page.last?.place.token(of: list) : nil
        )
    }

    /// Where a secret stands in a sorted list; a page goes on behind the last one's place.
    private struct SortPlace: Comparable {
        let value: String
        let name: String

        init(_ secret: SecretRecord, by order: String) {
            func text(_ time: Timestamp?) -> String {
                let digits = String(time?.microseconds ?? 0)
                return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
            }
            name = secret.name
            value =
                switch order {
                case "name": secret.name
                case "last-accessed-date": text(secret.accessed)
                case "last-changed-date": text(secret.changed)
                default: text(secret.created)
                }
        }

        init?(_ token: String, of list: String) {
            let parts = PageToken.name(token, of: list)?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard let parts, parts.count == 2 else { return nil }
            (value, name) = (parts[0], parts[1])
        }

        func token(of list: String) -> String { PageToken.write("\(value)\n\(name)", of: list) }
        static func < (left: SortPlace, right: SortPlace) -> Bool { (left.value, left.name) < (right.value, right.name) }
    }

    struct VersionsInput: Decodable, Sendable {
        var SecretId: String
        var MaxResults: Int?
        var NextToken: String?
        var IncludeDeprecated: Bool?
    }

    struct VersionsOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var VersionId: String
            var VersionStages: [String]?
            var LastAccessedDate: Timestamp?
            var CreatedDate: Timestamp
            var KmsKeyIds: [String]?
        }
        var Versions: [Entry]
        var NextToken: String?
        var ARN: String
        var Name: String
    }

    /// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
    func listVersions(_ input: VersionsInput, _ context: Context) async throws -> VersionsOutput {
        let count = input.MaxResults ?? SecretsLimit.page
        let list = context.list(input.SecretId)
        return try await context.store.read { snapshot in
            let secret = try snapshot.secret(input.SecretId, context, evenDeleted: true)
            var found: [VersionsOutput.Entry] = []
            let after = try input.NextToken.map { token in
                guard let last = PageToken.name(token, of: list) else { throw SecretsFault.invalidNextToken }
                return secret.versionKey(last)
            }
            try snapshot.records(VersionRecord.self, secret.versions, after: after) { _, version in
                let stages = secret.stages(of: version.id)
                guard !stages.isEmpty || input.IncludeDeprecated == true else { return true }
                found.append(
                    .init(
                        VersionId: version.id, VersionStages: stages.isEmpty ? nil : stages, LastAccessedDate: version.accessed,
                        CreatedDate: version.created, KmsKeyIds: [version.keyID ?? "DefaultEncryptionKey"]))
                return found.count <= count
            }
            let page = Array(found.prefix(count))
            return VersionsOutput(
                Versions: page, NextToken: found.count > count ? page.last.map { PageToken.write($0.VersionId, of: list) } : nil,
                ARN: secret.arn, Name: secret.name)
        }
    }
}
