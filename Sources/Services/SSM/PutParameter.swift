import Documents
import Kernel
import RegularExpressions
import Store

/// PutParameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
extension SSMService {
    struct PutInput: Decodable, Sendable {
        var Name: String
        var Description: String?
        var Value: String
        var `Type`: String?
        var KeyId: String?
        var Overwrite: Bool?
        var AllowedPattern: String?
        var Tags: [ParameterRecord.Tag]?
        var Tier: String?
        var Policies: String?
        var DataType: String?
    }

    struct PutOutput: Codable, Sendable {
        var Version: Int64
        var Tier: String
    }

    func putParameter(_ input: PutInput, _ context: Context) async throws -> PutOutput {
        let name = ParameterName(input.Name, context)
        guard name.selector == nil, !name.isARN else {
            throw SSMFault.validation("Parameter name: a name with a version, a label or an ARN can't be written.")
        }
        try ParameterName.check(input.Name, context)
        let existing = try await context.store.read { try $0.record(ParameterRecord.self, name.key) }
        if existing != nil, input.Overwrite != true { throw SSMFault.exists }
        if let existing, existing.name != input.Name { throw SSMFault.exists }
        if input.Overwrite == true, input.Tags != nil {
            throw SSMFault.validation(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
                    + "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
                    + "RemoveTagsFromResource.")
        }
        let tags = try [ParameterRecord.Tag](checking: input.Tags)
        let version = try await version(input, after: existing?.newest, context)
        let platform = context.platform
        return try await context.store.write { transaction in
            let present = try transaction.record(ParameterRecord.self, name.key)
            if present != nil, input.Overwrite != true { throw SSMFault.exists }
            if let present, present.newest.type != version.type {
                throw SSMFault.typeMismatch(from: present.newest.type, to: version.type)
            }
            var record =
                present
                ?? ParameterRecord(
                    account: context.account, region: context.region, name: input.Name, newest: version, tags: tags)
            if let present {
                try transaction.put(record.versionKey(present.newest.number), present.newest)
                record.newest = version
                record.newest.number = present.newest.number + 1
                try Self.dropOldest(&record, transaction)
            }
            try Self.count(record, replacing: present, transaction)
            try transaction.put(record.key, record)
            try schedule(record, transaction, platform)
            try announce(present == nil ? "Create" : "Update", record, transaction, platform)
            return PutOutput(Version: record.newest.number, Tier: version.tier)
        }
    }

    /// What the request makes of the parameter, checked and encrypted.
    private func version(
        _ input: PutInput, after old: ParameterVersion?, _ context: Context
    ) async throws -> ParameterVersion {
        guard let type = input.Type ?? old?.type else {
            throw SSMFault.validation("A parameter type is required when you create a parameter.")
        }
        if let old, old.type != type { throw SSMFault.typeMismatch(from: old.type, to: type) }
        if input.KeyId != nil, type != ParameterType.secure {
            throw SSMFault.validation("KeyId is required for SecureString type parameter only.")
        }
        let policies = try input.Policies.map(ParameterPolicy.parse) ?? (old?.policies ?? []).map { $0.waiting }
        var input = input
        if input.Tier == nil, old == nil { input.Tier = try await Self.usualTier(context) }
        let tier = try Self.tier(input, old, policies)
        try Self.checkValue(input.Value, type, tier)
        let pattern = input.AllowedPattern ?? old?.allowedPattern
        if let pattern, !pattern.isEmpty { try Self.check(input.Value, against: pattern) }
        let dataType = input.DataType ?? old?.dataType ?? "text"
        try Self.checkDataType(dataType, input.Value, type)
        var value = ParameterValue.plain(input.Value)
        var keyID: String?
        if type == ParameterType.secure {
            let key = input.KeyId ?? old?.keyID ?? ParameterVault.defaultAlias
            keyID = key
            let arn = ParameterRecord.arn(context.account, context.region, input.Name)
            let vault = ParameterVault(context: context, account: context.account, arn: arn)
            value = try await vault.seal(input.Value, key: key, tier: tier)
        }
        return ParameterVersion(
            number: 1, type: type, value: value, keyID: keyID, description: input.Description ?? old?.description,
            allowedPattern: pattern, tier: tier, dataType: dataType, policies: policies, modified: context.now,
            modifiedBy: context.caller.arn)
    }

    private static func tier(_ input: PutInput, _ old: ParameterVersion?, _ policies: [ParameterPolicy]) throws -> String {
        let needsAdvanced = input.Value.utf8.count > SSMLimit.standardBytes || !policies.isEmpty
        switch input.Tier {
        case ParameterTier.advanced: return ParameterTier.advanced
        case ParameterTier.intelligent:
            return needsAdvanced || old?.tier == ParameterTier.advanced ? ParameterTier.advanced : ParameterTier.standard
        default:
            if input.Tier == nil, old?.tier == ParameterTier.advanced { return ParameterTier.advanced }
            if old?.tier == ParameterTier.advanced {
                throw SSMFault.validation(
                    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
                        + "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
                        + "parameter and recreate it as a standard parameter.")
            }
            guard policies.isEmpty else {
                throw SSMFault.validation(
                    "Standard tier parameters don't support parameter policies. To assign policies to a parameter, upgrade the "
                        + "parameter to use the advanced-parameter tier.")
            }
            return ParameterTier.standard
        }
    }

    private static func checkValue(_ value: String, _ type: String, _ tier: String) throws {
        guard !value.isEmpty else {
            throw SSMFault.validation(
                "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
                    + "Member must have length greater than or equal to 1")
        }
        if tier == ParameterTier.standard, value.utf8.count > SSMLimit.standardBytes {
            throw SSMFault.validation(
                "Standard tier parameters support a maximum parameter value of \(SSMLimit.standardBytes) characters. To create a "
                    + "larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, "
                    + "see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html")
        }
        guard value.utf8.count <= SSMLimit.advancedBytes else {
            throw SSMFault.validation(
                "Advanced tier parameters support a maximum parameter value of \(SSMLimit.advancedBytes) characters.")
        }
        if value.contains("{{") {
            throw SSMFault.validation("Parameter value, cannot contain nested parameters: {{}} is not allowed in the value.")
        }
    }

    private static func check(_ value: String, against pattern: String) throws {
        let regex: LinearRegex
        do { regex = try LinearRegex(pattern, stepsMax: SSMLimit.patternSteps) } catch LinearRegex.Failure.tooLong {
            throw SSMFault.invalidPattern(pattern)
        } catch {
            // Whether it is an expression at all; it is matched by the engine that no expression makes slow.
            guard (try? Regex(pattern)) != nil else { throw SSMFault.invalidPattern(pattern) }
            throw SSMFault.notBuilt("this AllowedPattern (look-around, back references and the like): \(pattern)")
        }
        guard regex.matches(value) else { throw SSMFault.patternMismatch(pattern) }
    }

    private static func checkDataType(_ dataType: String, _ value: String, _ type: String) throws {
        switch dataType {
        case "text", "aws:ssm:integration": return
        case "aws:ec2:image":
            let digits = value.dropFirst("ami-".count)
            let isImage =
                value.hasPrefix("ami-") && [8, 17].contains(digits.count) && digits.allSatisfy { "0123456789abcdef".contains($0) }
            guard isImage, type == ParameterType.string else {
                throw SSMFault.validation("The value of a parameter of data type aws:ec2:image must be an AMI id.")
            }
        default:
            throw SSMFault.validation(
                "The following data type is not supported: \(dataType) (Data type names are all lowercase.)")
        }
    }

    /// A hundred versions are kept. A label holds the oldest fast.
    private static func dropOldest(_ record: inout ParameterRecord, _ transaction: any Transaction) throws {
        while record.newest.number - record.oldest >= SSMLimit.versions {
            guard record.labels(of: record.oldest).isEmpty else {
                throw SSMFault.oldestVersionLabelled(name: record.name, version: record.oldest)
            }
            try transaction.delete(record.versionKey(record.oldest))
            record.oldest += 1
        }
    }

    /// Keeps the number of parameters per tier.
    static func count(
        _ record: ParameterRecord?, replacing old: ParameterRecord?, _ transaction: any Transaction
    ) throws {
        guard record?.newest.tier != old?.newest.tier, let place = record ?? old else { return }
        let key = ParameterTally.key(place.account, place.region)
        var tally = try transaction.record(ParameterTally.self, key) ?? ParameterTally()
        if let old {
            if old.newest.tier == ParameterTier.standard { tally.standard -= 1 } else { tally.advanced -= 1 }
        }
        if let record {
            if record.newest.tier == ParameterTier.standard { tally.standard += 1 } else { tally.advanced += 1 }
        }
        if record != nil {
            guard tally.standard <= SSMLimit.standardParameters else {
                throw SSMFault.tooManyParameters(tier: ParameterTier.standard, limit: SSMLimit.standardParameters)
            }
            guard tally.advanced <= SSMLimit.advancedParameters else {
                throw SSMFault.tooManyParameters(tier: ParameterTier.advanced, limit: SSMLimit.advancedParameters)
            }
        }
        try transaction.put(key, tally)
    }
}
