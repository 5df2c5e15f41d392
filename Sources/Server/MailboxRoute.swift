import Documents
import Kernel
import SNS
import Wire

extension AdminRoutes {
    /// The local mailbox, and the certificate that SNS's message signatures are checked with.
    mutating func addMailbox(_ sns: SNSService) {
        // ?to=ADDRESS&limit=N, both optional; the newest letter first.
        on("GET", "/_tarn/mailbox", localOnly: true) { request, platform in
            var (address, limit): (String?, Int) = (nil, 100)
            for pair in request.query.split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let value = PercentEncoding.decode(parts[1]) else { continue }
                if parts[0] == "to" { address = value }
                if parts[0] == "limit" { limit = Int(value) ?? limit }
            }
            let letters = try await Mailbox.letters(to: address, limit: limit, platform)
            return Self.json(["letters": .list(letters.map(Self.document))])
        }
        on("GET", MessageSigner.path) { _, platform in
            let certificate = try await sns.signingCertificate(platform)
            return WireResponse(
                status: 200, headers: [("Content-Type", "application/x-pem-file")], body: .bytes(Array(certificate.utf8)))
        }
    }

    private static func document(_ letter: Letter) -> Document {
        [
            "id": .string(letter.id), "time": .string(letter.time.iso8601(milliseconds: true)),
            "medium": .string(letter.medium), "account": .string(letter.account), "from": .string(letter.from),
            "to": .string(letter.to), "subject": letter.subject.map { .string($0) } ?? .null, "body": .string(letter.body),
        ]
    }
}
