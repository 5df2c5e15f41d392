import Documents
import Kernel
import Store

/// DescribeParameters and GetParameterHistory.
extension SSMService {
    struct InlinePolicy: Codable, Sendable {
        var PolicyText: String
        var PolicyType: String
        var PolicyStatus: String

        init(_ policy: ParameterPolicy) {
            (PolicyText, PolicyType) = (policy.text, policy.type)
            PolicyStatus = policy.isDone == true ? "Finished" : "Pending"
        }
    }

    struct DescribeInput: Decodable, Sendable {
        struct OldFilter: Decodable, Sendable {
            var Key: String
            var Values: [String]
        }
        var Filters: [OldFilter]?
        var ParameterFilters: [ParameterFilter]?
        var MaxResults: Int?
        var NextToken: String?
    }

    struct DescribeOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var Name: String
            var ARN: String
            var `Type`: String
            var KeyId: String?
            var LastModifiedDate: Timestamp
            var LastModifiedUser: String
            var Description: String?
            var AllowedPattern: String?
            var Version: Int64
            var Tier: String
            var Policies: [InlinePolicy]
            var DataType: String
        }
        var Parameters: [Entry]
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
    func describeParameters(_ input: DescribeInput, _ context: Context) async throws -> DescribeOutput {
        if input.Filters != nil, input.ParameterFilters != nil {
            throw SSMFault.validation("You can use either Filters or ParameterFilters in a single request.")
        }
        let old = (input.Filters ?? []).map { ParameterFilter(Key: $0.Key, Option: "BeginsWith", Values: $0.Values) }
        let filters = input.ParameterFilters ?? old
        for filter in filters { try filter.check(allowing: ParameterFilter.everywhere) }
        let after = try input.NextToken.map { try PageToken.read($0, of: context.list()) }
        let count = input.MaxResults ?? SSMLimit.page
        let found = try await context.store.read { snapshot in
            try Self.scan(snapshot, context, path: "/", recursive: true, after: after, limit: count + 1) { record in
                filters.allSatisfy { $0.matches(record) } ? record : nil
            }
        }
        let entries = found.prefix(count).map { record in
            let newest = record.newest
            return DescribeOutput.Entry(
                Name: record.name, ARN: record.arn, Type: newest.type, KeyId: newest.keyID, LastModifiedDate: newest.modified,
                LastModifiedUser: newest.modifiedBy, Description: newest.description, AllowedPattern: newest.allowedPattern,
                Version: newest.number, Tier: newest.tier, Policies: newest.policies.map(InlinePolicy.init),
                DataType: newest.dataType)
        }
        return DescribeOutput(
            Parameters: entries, NextToken: found.count > count ? found[count - 1].pageToken(of: context.list()) : nil)
    }

    struct HistoryInput: Decodable, Sendable {
        var Name: String
        var WithDecryption: Bool?
        var MaxResults: Int?
        var NextToken: String?
    }

    struct HistoryOutput: Codable, Sendable {
        struct Entry: Codable, Sendable {
            var Name: String
            var `Type`: String
            var KeyId: String?
            var LastModifiedDate: Timestamp
            var LastModifiedUser: String
            var Description: String?
            var Value: String
            var AllowedPattern: String?
            var Version: Int64
            var Labels: [String]
            var Tier: String
            var Policies: [InlinePolicy]
            var DataType: String
        }
        var Parameters: [Entry]
        var NextToken: String?
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html
    func getHistory(_ input: HistoryInput, _ context: Context) async throws -> HistoryOutput {
        let name = ParameterName(input.Name, context)
        let count = input.MaxResults ?? SSMLimit.page
        let list = context.list(input.Name)
        let after = try input.NextToken.map { token in
            guard let number = Int64(try PageToken.read(token, of: list)) else { throw SSMFault.invalidNextToken }
            return number
        }
        let (record, versions) = try await context.store.read { snapshot in
            let record = try name.find(in: snapshot)
            var versions = try snapshot.all(
                ParameterVersion.self, record.versions, after: after.map(record.versionKey), limit: count + 1)
            if versions.count <= count, after.map({ $0 < record.newest.number }) ?? true { versions.append(record.newest) }
            return (record, versions)
        }
        var output = HistoryOutput(Parameters: [], NextToken: nil)
        for version in versions.prefix(count) {
            output.Parameters.append(
                .init(
                    Name: record.name, Type: version.type, KeyId: version.keyID, LastModifiedDate: version.modified,
                    LastModifiedUser: version.modifiedBy, Description: version.description,
                    Value: try await value(version, of: record, decrypted: input.WithDecryption ?? false, context),
                    AllowedPattern: version.allowedPattern, Version: version.number, Labels: record.labels(of: version.number),
                    Tier: version.tier, Policies: version.policies.map(InlinePolicy.init), DataType: version.dataType))
        }
        if versions.count > count { output.NextToken = PageToken.write(String(versions[count - 1].number), of: list) }
        return output
    }
}
