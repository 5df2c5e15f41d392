import Crypto
import Documents
import Kernel

/// Takes the `aws-chunked` content coding off a body, piece by piece, and checks what it promises: chunk signatures,
/// the trailing checksum and its signature, the decoded length
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
///
/// Bytes of a chunk are given on before its signature has been seen, so that a large chunk needs no memory: whoever uses
/// them must wait for ``finish()`` before they count.
struct ChunkedDecoder {
    /// What chunk signatures are made with.
    struct Signer: Sendable {
        var key: VerificationKey
        var time: String
        var scope: String
        /// The request's signature at first, then that of each chunk.
        var previous: String
    }

    private enum State: Equatable { case line, data(Int), dataEnd, trailer, done }

    private var state = State.line
    private var signer: Signer?
    private let isTrailed: Bool
    private let decodedLength: Int64?
    private var decoded: Int64 = 0
    private var line: [UInt8] = []
    private var chunkSignature = ""
    private var chunkHash = SHA256()
    private var checksum: (algorithm: ChecksumAlgorithm, digest: ChecksumDigest)?
    /// The trailer that ``finish()`` has checked, lower case.
    let checksumField: String?
    /// What `x-amz-trailer` announces, lower case.
    private let announced: [String]
    private var trailerBytes = 0
    private(set) var trailers: [(name: String, value: String)] = []

    /// - Parameters:
    ///   - signer: nil for unsigned chunks.
    ///   - trailerNames: the `x-amz-trailer` header.
    init(signer: Signer?, isTrailed: Bool, trailerNames: String?, decodedLength: Int64?) {
        (self.signer, self.isTrailed, self.decodedLength) = (signer, isTrailed, decodedLength)
        let names = (trailerNames ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } }
        announced = names
        checksumField = names.first { ChecksumAlgorithm(headerName: $0) != nil }
        checksum = checksumField.flatMap { ChecksumAlgorithm(headerName: $0) }.map { ($0, ChecksumDigest($0)) }
    }

    /// - Returns: the decoded bytes of this piece.
    /// - Throws: ``AuthFault``
    mutating func feed(_ piece: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        var at = 0
        while at < piece.count {
            switch state {
            case .line:
                guard try takeLine(piece, &at, limit: Limit.chunkLine) else { break }
                try beginChunk()
            case .data(let left):
                let end = min(piece.count, at + left)
                let bytes = piece[at..<end]
                decoded += Int64(bytes.count)
                if let decodedLength, decoded > decodedLength { throw AuthFault.incompleteBody }
                if signer != nil { chunkHash.update(data: bytes) }
                checksum?.digest.update(bytes)
                output.append(contentsOf: bytes)
                state = left == bytes.count ? .dataEnd : .data(left - bytes.count)
                at = end
            case .dataEnd:
                guard try takeLine(piece, &at, limit: 2) else { break }
                guard line.isEmpty else { throw AuthFault.malformedChunks }
                try endChunk()
                state = .line
            case .trailer:
                guard try takeLine(piece, &at, limit: Limit.trailerBytes) else { break }
                try trailerLine()
                line = []
            case .done:
                // Some clients end a body without trailers by one more empty line.
                guard piece[at] == 0x0D || piece[at] == 0x0A else { throw AuthFault.malformedChunks }
                at += 1
            }
        }
        return output
    }

    /// The body has ended.
    /// - Throws: ``AuthFault`` when it was not whole, or not what was promised.
    mutating func finish() throws {
        if state == .trailer {
            // The empty line after the trailers is missing in older SDKs.
            if !line.isEmpty { try trailerLine() }
            if state == .trailer { try endTrailers() }
        }
        guard state == .done else { throw AuthFault.incompleteBody }
        if let decodedLength, decoded != decodedLength { throw AuthFault.incompleteBody }
    }

    /// Fills ``line`` up to CR LF, which is not part of it; false when the piece ends first.
    private mutating func takeLine(_ piece: [UInt8], _ at: inout Int, limit: Int) throws -> Bool {
        if isLineTaken {
            line = []
            isLineTaken = false
        }
        while at < piece.count {
            let byte = piece[at]
            at += 1
            if byte == 0x0A {
                guard line.last == 0x0D else { throw AuthFault.malformedChunks }
                line.removeLast()
                isLineTaken = true
                return true
            }
            line.append(byte)
            guard line.count <= limit else { throw AuthFault.malformedChunks }
        }
        return false
    }
    private var isLineTaken = false

    private mutating func beginChunk() throws {
        let text = String(decoding: line, as: UTF8.self)
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
        guard let size = parts.first, !size.isEmpty, size.utf8.count <= 8, size.allSatisfy(\.isHexDigit),
            let count = Int(size, radix: 16)
        else { throw AuthFault.malformedChunks }
        chunkSignature = ""
        for part in parts.dropFirst() where part.hasPrefix("chunk-signature=") {
            chunkSignature = String(part.dropFirst("chunk-signature=".count))
        }
        if let signer, !signer.key.fits(chunkSignature) { throw AuthFault.chunkMismatch }
        chunkHash = SHA256()
        if count > 0 {
            state = .data(count)
        } else {
            try endChunk()
            if isTrailed {
                state = .trailer
            } else {
                state = .done
            }
        }
    }

    private mutating func endChunk() throws {
        guard let signer else { return }
        let text =
            "\(signer.key.algorithm)-PAYLOAD\n\(signer.time)\n\(signer.scope)\n\(signer.previous)\n\(SigV4.emptyHash)\n\(chunkHash.finalize().hexadecimal)"
        guard signer.key.accepts(chunkSignature, of: Array(text.utf8)) else { throw AuthFault.chunkMismatch }
        self.signer?.previous = chunkSignature
    }

    private mutating func trailerLine() throws {
        if line.isEmpty { return try endTrailers() }
        trailerBytes += line.count
        guard trailerBytes <= Limit.trailerBytes, let text = String(validating: line, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { throw AuthFault.malformedTrailer }
        let value = text[text.index(after: colon)...].drop { $0 == " " }
        trailers.append((text[..<colon].lowercased(), String(value.filter { $0 != "\r" && $0 != "\n" })))
    }

    private mutating func endTrailers() throws {
        let signed = trailers.filter { $0.name != "x-amz-trailer-signature" }
        if let signer {
            let given = trailers.first { $0.name == "x-amz-trailer-signature" }?.value ?? ""
            let canonical = signed.sorted { $0.name < $1.name }.map { "\($0.name):\($0.value)\n" }.joined()
            let text =
                "\(signer.key.algorithm)-TRAILER\n\(signer.time)\n\(signer.scope)\n\(signer.previous)\n\(SigV4.hash(Array(canonical.utf8)))"
            guard signer.key.accepts(given, of: Array(text.utf8)) else { throw AuthFault.chunkMismatch }
        }
        // A checksum that was not announced is one that nobody has computed.
        let isKnown = signed.allSatisfy { trailer in
            announced.contains(trailer.name) || !announced.isEmpty && ChecksumAlgorithm(headerName: trailer.name) == nil
        }
        guard isKnown else { throw AuthFault.malformedTrailer }
        trailers = signed
        if let checksum, let checksumField {
            guard let value = signed.first(where: { $0.name == checksumField })?.value else { throw AuthFault.malformedTrailer }
            guard let claimed = Base64.decode(value) else { throw AuthFault.malformedTrailer }
            guard claimed == checksum.digest.finish() else { throw AuthFault.badChecksum(checksum.algorithm.name) }
        }
        state = .done
    }
}
