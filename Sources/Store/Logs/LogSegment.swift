/// A stretch of a segment, about ``LogStore/Limit/blockSize`` bytes: one line of the sparse index by offset and time.
struct LogBlock: Sendable {
    let first: Int64
    let position: Int
    var next: Int64
    var size: Int
    var earliest: Int64
    var latest: Int64
}

/// One file of a log, `<offset of its first record, 20 digits>.log`. Only a log's last segment grows.
struct LogSegment: Sendable {
    let base: Int64
    let path: String
    /// Bytes of whole records.
    var size: Int
    /// nil until the file was scanned.
    var blocks: [LogBlock]?

    init(base: Int64, directory: String, size: Int = 0, blocks: [LogBlock]? = nil) {
        let digits = String(base)
        self.base = base
        path = "\(directory)/\(String(repeating: "0", count: max(0, 20 - digits.count)))\(digits).log"
        self.size = size
        self.blocks = blocks
    }

    /// Notes a record of `size` bytes on disk behind the last.
    mutating func add(offset: Int64, timestamp: Int64, size recordSize: Int) {
        var list = blocks ?? []
        blocks = nil  // so that the list is changed in place
        if let last = list.indices.last, list[last].size + recordSize <= LogStore.Limit.blockSize {
            list[last].next = offset + 1
            list[last].size += recordSize
            list[last].earliest = min(list[last].earliest, timestamp)
            list[last].latest = max(list[last].latest, timestamp)
        } else {
            list.append(
                LogBlock(
                    first: offset, position: size, next: offset + 1, size: recordSize, earliest: timestamp, latest: timestamp))
        }
        size += recordSize
        blocks = list
    }

    /// Builds the index from the file, as far as its records are sound.
    /// - Returns: the bytes behind the last sound record.
    mutating func scan(_ file: PosixFile) throws -> Int {
        let end = try file.size()
        blocks = []
        size = 0
        var offset = base
        var window = LogStore.Limit.scanWindow
        while size < end {
            let bytes = try file.read(min(window, end - size), at: size)
            let start = size
            bytes.withUnsafeBytes { bytes in
                var position = 0
                while let record = LogCodec.size(at: position, of: bytes),
                    LogCodec.isSound(at: position, size: record, offset: offset, in: bytes)
                {
                    add(offset: offset, timestamp: LogCodec.timestamp(at: position, of: bytes), size: record)
                    offset += 1
                    position += record
                }
            }
            if size > start { continue }
            // No record fits the window: look once through one that the largest fits.
            if window > LogStore.Limit.recordSize + LogCodec.headerSize { break }
            window = LogStore.Limit.recordSize + LogCodec.headerSize + 1
        }
        return end - size
    }

    var next: Int64 { blocks?.last?.next ?? base }
}
