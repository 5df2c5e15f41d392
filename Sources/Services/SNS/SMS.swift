import Documents
import Kernel
import Store

/// An account's settings for text messages.
struct SMSSettings: Stored {
    static let tag: UInt8 = 1
    var attributes: [String: String]
    static func key(_ account: String, _ region: String) -> Key { Key(.snsAccount, "sms", .text(account), .text(region)) }
}

extension Snapshot {
    func isOptedOut(_ number: String, _ account: String) throws -> Bool {
        try contains(Key(.snsOptOut, .text(account), .text(number)))
    }
}

/// SetSMSAttributes, GetSMSAttributes, and the operations on numbers that want no more messages. Numbers opt out by
/// answering; the local mailbox has no answers, so that list stays empty.
extension SNSService {
    private static let known: Set<String> = [
        "MonthlySpendLimit", "DeliveryStatusIAMRole", "DeliveryStatusSuccessSamplingRate", "DefaultSenderID", "DefaultSMSType",
        "UsageReportS3Bucket",
    ]

    struct SetSMSInput: Decodable, Sendable { var attributes: [String: String] }

    func setSMSAttributes(_ input: SetSMSInput, _ context: Context) async throws -> Nothing {
        for (name, value) in input.attributes {
            guard Self.known.contains(name) else { throw SNSFault.invalid("attributes Reason: Unknown attribute \(name)") }
            if !value.isEmpty { try Self.check(name, value) }
        }
        let key = SMSSettings.key(context.account, context.region)
        try await context.store.write { transaction in
            var settings = try transaction.record(SMSSettings.self, key) ?? SMSSettings(attributes: [:])
            for (name, value) in input.attributes { settings.attributes[name] = value.isEmpty ? nil : value }
            try transaction.put(key, settings)
        }
        return Nothing()
    }

    /// https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html
    private static func check(_ name: String, _ value: String) throws {
        switch name {
        case "DefaultSMSType":
            guard ["Promotional", "Transactional"].contains(value) else {
                throw SNSFault.invalid("DefaultSMSType Reason: must be Promotional or Transactional")
            }
        case "DeliveryStatusSuccessSamplingRate":
            guard let rate = Int(value), (0...100).contains(rate) else {
                throw SNSFault.invalid("DeliveryStatusSuccessSamplingRate Reason: must be a whole number from 0 to 100")
            }
        case "DeliveryStatusIAMRole":
            guard let arn = ARN(value), arn.service == "iam", arn.resource.hasPrefix("role/") else {
                throw SNSFault.invalid("DeliveryStatusIAMRole Reason: must be the ARN of a role")
            }
        case "MonthlySpendLimit":
            guard let limit = Int(value), limit >= 0 else {
                throw SNSFault.invalid("MonthlySpendLimit Reason: must be a whole number of US dollars")
            }
        case "DefaultSenderID":
            let isID =
                value.utf8.count <= 11 && value.contains(where: \.isLetter)
                && value.utf8.allSatisfy { TopicAttributes.isNameByte($0) && $0 != UInt8(ascii: "_") }
            guard isID else { throw SNSFault.invalid("DefaultSenderID Reason: must be up to 11 letters, digits and hyphens") }
        default: break
        }
    }

    struct GetSMSInput: Decodable, Sendable { var attributes: [String]? }
    struct GetSMSOutput: Encodable, Sendable { var attributes: [String: String] }

    func getSMSAttributes(_ input: GetSMSInput, _ context: Context) async throws -> GetSMSOutput {
        let key = SMSSettings.key(context.account, context.region)
        var kept = try await context.store.read { try $0.record(SMSSettings.self, key) }?.attributes ?? [:]
        if kept["MonthlySpendLimit"] == nil { kept["MonthlySpendLimit"] = "1" }
        guard let asked = input.attributes, !asked.isEmpty else { return GetSMSOutput(attributes: kept) }
        return GetSMSOutput(attributes: kept.filter { asked.contains($0.key) })
    }

    struct PhoneInput: Decodable, Sendable { var phoneNumber: String }
    struct OptedOutOutput: Encodable, Sendable { var isOptedOut: Bool }

    func checkIfPhoneNumberIsOptedOut(_ input: PhoneInput, _ context: Context) async throws -> OptedOutOutput {
        guard EndpointCheck.isPhoneNumber(input.phoneNumber) else {
            throw SNSFault.invalid("PhoneNumber Reason: input incorrectly formatted")
        }
        return OptedOutOutput(
            isOptedOut: try await context.store.read { try $0.isOptedOut(input.phoneNumber, context.account) })
    }

    struct OptedOutPageInput: Decodable, Sendable { var nextToken: String? }
    struct OptedOutPage: Encodable, Sendable { var phoneNumbers: [String] }

    func listPhoneNumbersOptedOut(_ input: OptedOutPageInput, _ context: Context) async throws -> OptedOutPage {
        if input.nextToken != nil { throw SNSFault.invalid("nextToken") }
        let all = Key(.snsOptOut, .text(context.account))
        return OptedOutPage(
            phoneNumbers: try await context.store.read { snapshot in
                var numbers: [String] = []
                try snapshot.scan(all) { key, _ in
                    if case .text(let number)? = try key.elements().last { numbers.append(number) }
                    return true
                }
                return numbers
            })
    }

    func optInPhoneNumber(_ input: PhoneInput, _ context: Context) async throws -> Nothing {
        guard EndpointCheck.isPhoneNumber(input.phoneNumber) else {
            throw SNSFault.invalid("PhoneNumber Reason: input incorrectly formatted")
        }
        try await context.store.write { try $0.delete(Key(.snsOptOut, .text(context.account), .text(input.phoneNumber))) }
        return Nothing()
    }
}
