import Documents
import Kernel
import Store

/// What an account has changed of Parameter Store's settings in a Region.
struct SettingRecord: Stored {
    static let tag: UInt8 = 1
    var value: String
    var modified: Timestamp
    var modifiedBy: String

    static func key(_ account: String, _ region: String, _ id: String) -> Key {
        Key(.parameterSetting, .text(account), .text(region), .text(id))
    }
}

/// GetServiceSetting, UpdateServiceSetting, ResetServiceSetting, for Parameter Store's settings
/// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html). Of these the default
/// tier acts; there is no throughput to be raised.
extension SSMService {
    struct SettingShape: Codable, Sendable {
        var SettingId: String
        var SettingValue: String
        var LastModifiedDate: Timestamp
        var LastModifiedUser: String
        var ARN: String
        var Status: String
    }
    struct SettingInput: Codable, Sendable { var SettingId: String }
    struct SettingChange: Codable, Sendable {
        var SettingId: String
        var SettingValue: String
    }
    struct SettingOutput: Codable, Sendable { var ServiceSetting: SettingShape }

    static let defaultTier = "/ssm/parameter-store/default-parameter-tier"

    /// Each setting's values, its default first.
    private static let settings: [String: [String]] = [
        defaultTier: [ParameterTier.standard, ParameterTier.advanced, ParameterTier.intelligent],
        "/ssm/parameter-store/high-throughput-enabled": ["false", "true"],
    ]

    func getSetting(_ input: SettingInput, _ context: Context) async throws -> SettingOutput {
        let (id, values) = try Self.setting(input.SettingId)
        let record = try await context.store.read {
            try $0.record(SettingRecord.self, SettingRecord.key(context.account, context.region, id))
        }
        return SettingOutput(ServiceSetting: Self.shape(id, values, record, context))
    }

    func updateSetting(_ input: SettingChange, _ context: Context) async throws -> Nothing {
        let (id, values) = try Self.setting(input.SettingId)
        guard values.contains(input.SettingValue) else {
            throw SSMFault.validation("The setting value \(input.SettingValue) is not valid for \(id).")
        }
        let record = SettingRecord(value: input.SettingValue, modified: context.now, modifiedBy: context.caller.arn)
        try await context.store.write { try $0.put(SettingRecord.key(context.account, context.region, id), record) }
        return Nothing()
    }

    func resetSetting(_ input: SettingInput, _ context: Context) async throws -> SettingOutput {
        let (id, values) = try Self.setting(input.SettingId)
        try await context.store.write { try $0.delete(SettingRecord.key(context.account, context.region, id)) }
        return SettingOutput(ServiceSetting: Self.shape(id, values, nil, context))
    }

    /// The tier of a parameter whose request names none.
    static func usualTier(_ context: Context) async throws -> String? {
        try await context.store.read {
            try $0.record(SettingRecord.self, SettingRecord.key(context.account, context.region, defaultTier))
        }?.value
    }

    /// - Parameter text: the setting's id, or its ARN.
    private static func setting(_ text: String) throws -> (id: String, values: [String]) {
        let id = ARN(text).map { "/" + $0.resource.split(separator: "/").dropFirst().joined(separator: "/") } ?? text
        guard let values = settings[id] else { throw SSMFault.settingNotFound(text) }
        return (id, values)
    }

    private static func shape(_ id: String, _ values: [String], _ record: SettingRecord?, _ context: Context) -> SettingShape {
        SettingShape(
            SettingId: id, SettingValue: record?.value ?? values[0], LastModifiedDate: record?.modified ?? Timestamp(seconds: 0),
            LastModifiedUser: record?.modifiedBy ?? "System", ARN: context.arn("servicesetting\(id)"),
            Status: record == nil ? "Default" : "Customized")
    }
}
