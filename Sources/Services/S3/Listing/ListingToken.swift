import Documents

/// Continuation tokens: opaque to clients, and only what ``encode(_:)`` made is taken back.
enum ListingToken {
    private static let mark: UInt8 = 0x31

    static func encode(_ place: String) -> String { Base64.string([mark] + Array(place.utf8)) }

    /// - Throws: ``S3Fault/invalidArgument(_:name:value:)`` for any other text.
    static func decode(_ token: String) throws -> String {
        guard let bytes = Base64.decode(token), bytes.first == mark,
            let place = String(validating: bytes.dropFirst(), as: UTF8.self)
        else {
            throw S3Fault.invalidArgument(
                "The continuation token provided is incorrect", name: "continuation-token", value: token)
        }
        return place
    }
}
