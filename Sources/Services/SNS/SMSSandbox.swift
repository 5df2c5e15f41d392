import Documents
import Kernel
import Store

/// A number that was entered into the sandbox.
struct SandboxNumber: Stored {
    static let tag: UInt8 = 1
    var number: String
    var created: Timestamp
    var password: String
    var isVerified: Bool

    static func all(_ account: String, _ region: String) -> Key {
        Key(.snsAccount, "sandbox", .text(account), .text(region))
    }
    static func key(_ number: String, _ context: Context) -> Key {
        all(context.account, context.region).appending(.text(number))
    }
}

/// The sandbox for text messages (https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html). Accounts here are outside
/// of it, for every message stays in the local mailbox; numbers can be verified all the same, by the password that the
/// mailbox gets.
extension SNSService {
    enum SandboxLimit {
        static let numbers = 10
        static let page = 100
        /// How long a verified number stays at least.
        static let stay = Duration.seconds(86_400)
    }

    struct SandboxStatus: Encodable, Sendable { var IsInSandbox: Bool }

    func getSMSSandboxAccountStatus(_ input: Nothing, _ context: Context) async throws -> SandboxStatus {
        SandboxStatus(IsInSandbox: false)
    }

    struct SandboxInput: Decodable, Sendable {
        var PhoneNumber: String
        var LanguageCode: String?
    }

    private static func checkNumber(_ number: String) throws {
        guard number.hasPrefix("+"), EndpointCheck.isPhoneNumber(number) else {
            throw SNSFault.invalid("PhoneNumber Reason: input incorrectly formatted")
        }
    }

    /// Sends the number a new password.
    func createSMSSandboxPhoneNumber(_ input: SandboxInput, _ context: Context) async throws -> Nothing {
        try Self.checkNumber(input.PhoneNumber)
        let password = Identifier.random(6).map { String($0 % 10) }.joined()
        let letter = Letter(
            id: Identifier.uuid(), time: context.now, medium: "sms", account: context.account, from: "SNS",
            to: input.PhoneNumber, body: "\(password) is your verification code for the SMS sandbox of Amazon SNS")
        try await context.store.write { transaction in
            if try transaction.isOptedOut(input.PhoneNumber, context.account) { throw SNSFault.optedOut }
            let place = SandboxNumber.key(input.PhoneNumber, context)
            var number =
                try transaction.record(SandboxNumber.self, place)
                ?? SandboxNumber(number: input.PhoneNumber, created: context.now, password: "", isVerified: false)
            guard !number.isVerified else {
                throw SNSFault.userError("The phone number is verified already.")
            }
            let others = try transaction.all(SandboxNumber.self, SandboxNumber.all(context.account, context.region)) {
                $0.number != number.number
            }
            guard others.count < SandboxLimit.numbers else {
                throw SNSFault.userError("You can have up to \(SandboxLimit.numbers) destination phone numbers in the sandbox.")
            }
            number.password = password
            try transaction.put(place, number)
            try Mailbox.deliver(letter, in: transaction)
        }
        return Nothing()
    }

    struct VerifyInput: Decodable, Sendable {
        var PhoneNumber: String
        var OneTimePassword: String
    }

    func verifySMSSandboxPhoneNumber(_ input: VerifyInput, _ context: Context) async throws -> Nothing {
        try Self.checkNumber(input.PhoneNumber)
        try await context.store.write { transaction in
            let place = SandboxNumber.key(input.PhoneNumber, context)
            guard var number = try transaction.record(SandboxNumber.self, place) else { throw SNSFault.noResource }
            guard !number.isVerified, ConstantTime.equal(number.password, input.OneTimePassword) else {
                throw SNSFault.wrongPassword
            }
            number.isVerified = true
            number.password = ""
            try transaction.put(place, number)
        }
        return Nothing()
    }

    struct SandboxNumberInput: Decodable, Sendable { var PhoneNumber: String }

    func deleteSMSSandboxPhoneNumber(_ input: SandboxNumberInput, _ context: Context) async throws -> Nothing {
        try Self.checkNumber(input.PhoneNumber)
        try await context.store.write { transaction in
            let place = SandboxNumber.key(input.PhoneNumber, context)
            guard let number = try transaction.record(SandboxNumber.self, place) else { throw SNSFault.noResource }
            guard !number.isVerified || number.created + SandboxLimit.stay <= context.now else {
                throw SNSFault.userError("A verified phone number can be deleted 24 hours after it was added.")
            }
            try transaction.delete(place)
        }
        return Nothing()
    }

    struct SandboxPageInput: Decodable, Sendable {
        var NextToken: String?
        var MaxResults: Int?
    }
    struct SandboxPage: Encodable, Sendable {
        struct Entry: Encodable, Sendable {
            var PhoneNumber: String
            var Status: String
        }
        var PhoneNumbers: [Entry]
        var NextToken: String?
    }

    func listSMSSandboxPhoneNumbers(_ input: SandboxPageInput, _ context: Context) async throws -> SandboxPage {
        let after = try PageToken.read(input.NextToken, of: context.list())
        let all = SandboxNumber.all(context.account, context.region)
        let size = input.MaxResults ?? SandboxLimit.page
        let found = try await context.store.read {
            try $0.all(SandboxNumber.self, all, after: after.map { all.appending(.text($0)) }, limit: size + 1)
        }
        let page = found.prefix(size)
        return SandboxPage(
            PhoneNumbers: page.map { .init(PhoneNumber: $0.number, Status: $0.isVerified ? "Verified" : "Pending") },
            NextToken: found.count > page.count ? page.last.map { PageToken.write($0.number, of: context.list()) } : nil)
    }

    struct OriginationNumbers: Encodable, Sendable {
        struct Entry: Encodable, Sendable {
            var PhoneNumber: String
        }
        var PhoneNumbers: [Entry]
    }

    /// There are none to be had here.
    func listOriginationNumbers(_ input: SandboxPageInput, _ context: Context) async throws -> OriginationNumbers {
        _ = try PageToken.read(input.NextToken, of: context.list())
        return OriginationNumbers(PhoneNumbers: [])
    }
}
