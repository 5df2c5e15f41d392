import Crypto
import Documents
import Kernel
import Synchronization

/// How a request says its body is to be checked: the `x-amz-content-sha256` header.
enum ContentHash: Sendable, Equatable {
    case unsigned
    case hashed(String)
    /// aws-chunked.
    case streaming(isSigned: Bool, isTrailed: Bool)

    /// - Returns: nil for a value that S3 does not know.
    init?(_ text: String) {
        switch text {
        case "UNSIGNED-PAYLOAD": self = .unsigned
        case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .streaming(isSigned: false, isTrailed: true)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD":
            self = .streaming(isSigned: true, isTrailed: false)
        case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER":
            self = .streaming(isSigned: true, isTrailed: true)
        default:
            guard text.utf8.count == 64, text.allBytes({ (48...57).contains($0) || (97...102).contains($0) }) else { return nil }
            self = .hashed(text)
        }
    }
}

/// Checks a body against its headers while it goes by: length, hash, Content-MD5, aws-chunked framing.
///
/// One reader pulls at a time, as of any ``ByteStream``.
final class PayloadCheck: Sendable {
    private struct State {
        var chunks: ChunkedDecoder?
        var hash: SHA256?
        var md5: Insecure.MD5?
        var count: Int64 = 0
        var isDone = false
    }
    private let state: Mutex<State>
    private let claimedHash: String
    private let claimedMD5: [UInt8]
    private let wireLength: Int64?

    /// - Parameter wireLength: Content-Length.
    /// - Throws: ``AuthFault/invalidDigest``
    init(_ content: ContentHash, headers: [String: String], signer: ChunkedDecoder.Signer?, wireLength: Int64?) throws {
        var state = State()
        var claimed = ""
        switch content {
        case .unsigned: break
        case .hashed(let hash):
            claimed = hash
            state.hash = SHA256()
        case .streaming(let isSigned, let isTrailed):
            state.chunks = ChunkedDecoder(
                signer: isSigned ? signer : nil, isTrailed: isTrailed, trailerNames: headers["x-amz-trailer"],
                decodedLength: headers["x-amz-decoded-content-length"].flatMap { Int64($0) })
        }
        if let header = headers["content-md5"] {
            guard let digest = Base64.decode(header), digest.count == 16 else { throw AuthFault.invalidDigest }
            claimedMD5 = digest
            state.md5 = Insecure.MD5()
        } else {
            claimedMD5 = []
        }
        (claimedHash, self.wireLength) = (claimed, wireLength)
        self.state = Mutex(state)
    }

    /// The body as its handler gets it.
    func body(_ source: ByteStream, headers: [String: String]) -> RequestBody {
        var length = wireLength
        if let decoded = headers["x-amz-decoded-content-length"], state.withLock({ $0.chunks != nil }) { length = Int64(decoded) }
        let box = IteratorBox(source.makeAsyncIterator())
        let stream = ByteStream(length: length) { [self] in
            while true {
                guard let piece = try await box.next() else {
                    try finish()
                    return nil
                }
                let bytes = try take(piece)
                if !bytes.isEmpty { return bytes }
            }
        }
        return RequestBody(
            stream, trailers: { [self] in trailers }, checkedTrailer: state.withLock { $0.chunks?.checksumField })
    }

    var trailers: [String: String] {
        // Of a trailer that is there twice, the first is the one that was checked.
        Dictionary(
            state.withLock { $0.chunks?.trailers ?? [] }.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private func take(_ piece: [UInt8]) throws -> [UInt8] {
        try state.withLock { state in
            state.count += Int64(piece.count)
            piece.withUnsafeBytes { state.hash?.update(bufferPointer: $0) }
            let bytes = try state.chunks?.feed(piece) ?? piece
            state.md5?.update(data: bytes)
            return bytes
        }
    }

    private func finish() throws {
        try state.withLock { state in
            guard !state.isDone else { return }
            state.isDone = true
            if let wireLength, state.count != wireLength { throw AuthFault.incompleteBody }
            try state.chunks?.finish()
            if let hash = state.hash {
                let computed = hash.finalize().hexadecimal
                guard computed == claimedHash else { throw AuthFault.payloadMismatch(claimed: claimedHash, computed: computed) }
            }
            if let md5 = state.md5, Array(md5.finalize()) != claimedMD5 { throw AuthFault.badDigest }
        }
    }
}

/// An iterator that a `@Sendable` closure may hold.
final class IteratorBox: @unchecked Sendable {  // its one reader waits for each piece before it asks again
    private var iterator: ByteStream.AsyncIterator
    init(_ iterator: ByteStream.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> [UInt8]? { try await iterator.next() }
}
