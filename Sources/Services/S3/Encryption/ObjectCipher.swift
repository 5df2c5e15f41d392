import Crypto
import Documents
import Kernel
import Store

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Seals and opens the bytes of one object with AES-256-GCM (NIST SP 800-38D).
///
/// Every body has a key of its own, derived with HMAC-SHA-256 (NIST SP 800-108) from the object's base key, its salt and,
/// for blobs, the blob's id. So nonces can simply count, and no two bodies share a key and a nonce.
struct ObjectCipher: Sendable {
    /// The innermost layer first; two for DSSE.
    private let layers: [HMACKey]

    /// - Parameter bases: the keys that the object's are derived from, 32 bytes each.
    init(bases: [HMACKey], salt: [UInt8]) {
        layers = bases.map { HMACKey(Self.derive(from: $0, "tarn s3 object 1", salt)) }
    }

    /// A body that lies in the store.
    func sealInline(_ plain: [UInt8]) throws -> [UInt8] { try inline.seal(plain[...], index: 0, isLast: true) }

    func openInline(_ sealed: [UInt8]) throws -> [UInt8] {
        guard let plain = inline.open(sealed[...], index: 0, isLast: true) else { throw StoreError.corrupt("sealed body") }
        return plain
    }

    private var inline: FrameCipher { FrameCipher(layers.map { SymmetricKey(data: Self.derive(from: $0, "inline", [])) }) }

    /// The cipher of a blob.
    func frames(of id: BlobID) -> FrameCipher {
        FrameCipher(layers.map { SymmetricKey(data: Self.derive(from: $0, "blob", Array(id.text.utf8))) })
    }

    private static func derive(from base: HMACKey, _ label: String, _ salt: [UInt8]) -> SHA256Digest {
        base.code(Array(label.utf8) + [0] + salt)
    }
}

/// Seals a body frame by frame, so that a range can be read without the rest. A frame's nonce is its number and whether
/// it is the last: frames can't be swapped, doubled or cut off unseen.
struct FrameCipher: Sendable {
    /// Plain bytes of every frame but the last.
    static let frameSize = 64 << 10
    static let tagSize = 16
    private static let nonceSize = 12

    private let keys: [SymmetricKey]

    init(_ keys: [SymmetricKey]) { self.keys = keys }

    /// Bytes that a sealed frame has more than a plain one.
    var overhead: Int { keys.count * Self.tagSize }
    /// Bytes of a full frame as stored.
    var storedFrameSize: Int { Self.frameSize + overhead }

    func seal(_ plain: ArraySlice<UInt8>, index: Int64, isLast: Bool) throws -> [UInt8] {
        var bytes = plain
        for key in keys {
            let box = try AES.GCM.seal(bytes, using: key, nonce: Self.nonce(index, isLast))
            // Nonce, bytes and tag in one piece: the nonce is known.
            bytes = [UInt8]((box.combined ?? box.nonce + box.ciphertext + box.tag).dropFirst(Self.nonceSize))[...]
        }
        return Array(bytes)
    }

    /// - Returns: nil if the bytes are not what was sealed.
    func open(_ sealed: ArraySlice<UInt8>, index: Int64, isLast: Bool) -> [UInt8]? {
        sealed.withUnsafeBytes { open($0, index: index, isLast: isLast).map { Array($0) } }
    }

    /// As above, for bytes that are lent.
    func open(_ sealed: UnsafeRawBufferPointer, index: Int64, isLast: Bool) -> Data? {
        guard let outer = keys.last else { return Data(sealed) }
        guard let nonce = try? Self.nonce(index, isLast), var plain = Self.open(sealed, outer, nonce) else { return nil }
        for key in keys.dropLast().reversed() {
            guard let opened = plain.withUnsafeBytes({ Self.open($0, key, nonce) }) else { return nil }
            plain = opened
        }
        return plain
    }

    private static func open(_ sealed: UnsafeRawBufferPointer, _ key: SymmetricKey, _ nonce: AES.GCM.Nonce) -> Data? {
        guard sealed.count >= tagSize else { return nil }
        var whole = Data(capacity: nonceSize + sealed.count)
        nonce.withUnsafeBytes { whole.append(contentsOf: $0) }
        whole.append(contentsOf: sealed)
        return (try? AES.GCM.SealedBox(combined: whole)).flatMap { try? AES.GCM.open($0, using: key) }
    }

    private static func nonce(_ index: Int64, _ isLast: Bool) throws -> AES.GCM.Nonce {
        let words: (UInt32, UInt32, UInt32) = (
            UInt32(isLast ? 1 : 0).littleEndian, UInt32(truncatingIfNeeded: index >> 32).bigEndian,
            UInt32(truncatingIfNeeded: index).bigEndian
        )
        return try withUnsafeBytes(of: words) { try AES.GCM.Nonce(data: $0) }
    }
}

/// Writes a blob, sealed if there is a cipher.
struct BodyWriter: Sendable {
    private let writer: BlobWriter
    private let frames: FrameCipher?
    private var held: [UInt8] = []
    private var index: Int64 = 0
    private var size: Int64 = 0
    /// CRC-32C of what was written to the file.
    private(set) var storedSum: UInt64 = 0

    init(_ writer: BlobWriter, _ cipher: ObjectCipher?) {
        self.writer = writer
        frames = cipher?.frames(of: writer.id)
    }

    mutating func write(_ piece: [UInt8]) async throws {
        size += Int64(piece.count)
        guard let frames else { return try await store(piece) }
        var start = 0
        while start < piece.count {
            // A full frame waits for what follows: only the last one is sealed as such.
            if held.count == FrameCipher.frameSize {
                try await store(frames.seal(held[...], index: index, isLast: false))
                (held, index) = ([], index + 1)
                held.reserveCapacity(FrameCipher.frameSize)
            }
            let end = min(piece.count, start + FrameCipher.frameSize - held.count)
            held.append(contentsOf: piece[start..<end])
            start = end
        }
    }

    /// - Returns: the blob with its plain size.
    mutating func finish() async throws -> BlobReference {
        if let frames { try await store(frames.seal(held[...], index: index, isLast: true)) }
        return BlobReference(id: try await writer.finish().id, size: size)
    }

    private mutating func store(_ bytes: [UInt8]) async throws {
        storedSum = CRC.crc32c.update(storedSum, bytes)
        try await writer.write(bytes)
    }

    func discard() async { await writer.discard() }
}

/// Reads a blob, opened if there is a cipher.
struct BodyReader: Sendable {
    private let reader: BlobReader
    private let frames: FrameCipher?
    /// The plain size.
    private let size: Int64

    init(_ reader: BlobReader, size: Int64, _ cipher: ObjectCipher?) {
        (self.reader, self.size) = (reader, size)
        frames = cipher?.frames(of: reader.id)
    }

    /// Plain bytes from `offset` on, at most `count`; only the frames that hold them are read.
    /// - Throws: ``StoreError/corrupt(_:)`` where the bytes on disk are not those that were written.
    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        guard let frames else { return try await reader.read(offset: offset, count: count) }
        let frame = Int64(FrameCipher.frameSize)
        let (first, end) = (offset / frame, min(offset + Int64(count), size))
        let last = max(first, (end - 1) / frame)
        let final = max(0, (size - 1) / frame)
        let stored = frames.storedFrameSize
        let start = first * Int64(stored)
        let length = min(Int64(Int(last - first + 1) * stored), reader.size - start)
        let wanted = Int(offset - first * frame)..<Int(end - first * frame)
        return try await reader.read(offset: start, count: Int(max(0, length))) { [id = reader.id] bytes in
            try [UInt8](unsafeUninitializedCapacity: wanted.count) { plain, filled in
                for index in first...last {
                    let begin = Int(index - first) * stored
                    let sealed = bytes[min(begin, bytes.count)..<min(begin + stored, bytes.count)]
                    guard let opened = frames.open(UnsafeRawBufferPointer(rebasing: sealed), index: index, isLast: index == final)
                    else { throw StoreError.corrupt("blob \(id), frame \(index)") }
                    // The part of this frame that was asked for.
                    let place = Int(index - first) * FrameCipher.frameSize
                    let (from, to) = (max(0, wanted.lowerBound - place), min(opened.count, wanted.upperBound - place))
                    guard from < to else { break }
                    opened.copyBytes(
                        to: UnsafeMutableBufferPointer(rebasing: plain[filled...]),
                        from: opened.startIndex + from..<opened.startIndex + to)
                    filled += to - from
                }
                guard filled == wanted.count else { throw StoreError.corrupt("blob \(id) is too short") }
            }
        }
    }
}
