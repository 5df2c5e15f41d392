import Kernel

/// DecodeAuthorizationMessage: what stands in the message that EC2 and others put into a denial
/// (https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html).
enum DecodeAuthorizationMessage {
    struct Input: Codable, Sendable { var EncodedMessage: String }
    struct Output: Codable, Sendable { var DecodedMessage: String }

    /// Only the account whose request was denied learns why.
    static func run(_ input: Input, _ context: Context) throws -> Output {
        guard let message = AuthorizationMessage.open(input.EncodedMessage, context.platform.identity),
            message.account == context.account
        else { throw STSFault.invalidAuthorizationMessage }
        return Output(DecodedMessage: String(decoding: message.json, as: UTF8.self))
    }
}
