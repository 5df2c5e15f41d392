import CZlib

extension ZipArchive {
    /// Hands out a member's bytes in pieces, and holds them to the size and checksum that the directory claims.
    /// - Throws: ``EngineFault/badArchive(_:)``, or what `take` throws.
    func unpack(_ member: Member, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        var checksum: UInt = 0
        var written: Int64 = 0
        func pass(_ piece: UnsafeRawBufferPointer) throws {
            written += Int64(piece.count)
            guard written <= member.size else { throw EngineFault.badArchive("member larger than it says") }
            checksum = UInt(crc32(uLong(checksum), piece.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(piece.count)))
            try take(piece)
        }
        try bytes.withUnsafeBytes { all in
            let packed = UnsafeRawBufferPointer(rebasing: all[member.start..<member.start + member.packedSize])
            if member.method == 0 { try pass(packed) } else { try Self.inflate(packed, pass) }
        }
        guard written == member.size, checksum == UInt(member.crc) else { throw EngineFault.badArchive("checksum mismatch") }
    }

    private static func inflate(_ packed: UnsafeRawBufferPointer, _ pass: (UnsafeRawBufferPointer) throws -> Void) throws {
        var stream = z_stream()
        guard tarn_inflate_init_raw(&stream) == Z_OK else { throw EngineFault.badArchive("inflate cannot start") }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = uInt(packed.count)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { room.deallocate() }
        while true {
            stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = uInt(room.count)
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END else { throw EngineFault.badArchive("inflate error \(status)") }
            try pass(UnsafeRawBufferPointer(rebasing: room[0..<(room.count - Int(stream.avail_out))]))
            if status == Z_STREAM_END { return }
        }
    }
}
