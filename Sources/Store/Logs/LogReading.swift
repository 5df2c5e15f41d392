/// One read of a log, on what its segments held when it began. Blocks are read whole and their records checked.
struct LogReading {
    let log: LogFile
    let segments: [LogSegment]
    let times: Range<Int64>?
    let limit: Int
    let size: Int

    func page(_ offset: Int64, reverse: Bool) throws -> LogPage {
        let end = segments.last?.next ?? 0
        var page = LogPage(next: max(min(offset, end), segments.first?.base ?? 0))
        var bytes = 0
        var effort = 0
        for segment in reverse ? segments.reversed() : segments {
            guard reverse ? segment.base < page.next : isAhead(segment, page.next) else { continue }
            do {
                let blocks = try log.indexed(segment).blocks ?? []
                for block in reverse ? blocks.reversed() : blocks {
                    guard reverse ? block.first < page.next : block.next > page.next else { continue }
                    if let times, block.latest < times.lowerBound || block.earliest >= times.upperBound {
                        page.next = reverse ? block.first : block.next
                        continue
                    }
                    if effort >= LogStore.Limit.effort {
                        page.stop = .effort
                        return page
                    }
                    effort += block.size
                    if try !take(from: block, of: segment, reverse: reverse, into: &page, &bytes) { return page }
                }
            } catch StoreError.backend(code: Posix.notFound, message: _) {
                // Trimmed meanwhile: nothing older is left.
                if reverse { return page }
            }
        }
        return page
    }

    /// Whether the segment holds `offset` or later ones. A sealed one ends where its successor begins.
    private func isAhead(_ segment: LogSegment, _ offset: Int64) -> Bool {
        let next = segments.first { $0.base > segment.base }?.base ?? segment.next
        return next > offset
    }

    /// - Returns: false if the page is full.
    private func take(
        from block: LogBlock, of segment: LogSegment, reverse: Bool, into page: inout LogPage, _ bytes: inout Int
    ) throws -> Bool {
        let entries = try entries(block, of: segment)
        for entry in reverse ? entries.reversed() : entries {
            guard reverse ? entry.offset < page.next : entry.offset >= page.next else { continue }
            if times?.contains(entry.record.timestamp) ?? true {
                guard page.entries.count < limit, page.entries.isEmpty || bytes + entry.record.bytes.count <= size else {
                    page.stop = .limit
                    return false
                }
                page.entries.append(entry)
                bytes += entry.record.bytes.count
            }
            page.next = reverse ? entry.offset : entry.offset + 1
        }
        return true
    }

    private func entries(_ block: LogBlock, of segment: LogSegment) throws -> [LogEntry] {
        let bytes = try log.store.files.open(segment.path).read(block.size, at: block.position)
        return try bytes.withUnsafeBytes { bytes in
            var entries: [LogEntry] = []
            var position = 0
            for offset in block.first..<block.next {
                guard let size = LogCodec.size(at: position, of: bytes),
                    LogCodec.isSound(at: position, size: size, offset: offset, in: bytes)
                else { throw StoreError.corrupt("log \(log.id): record \(offset) in \(segment.path)") }
                let body = bytes[(position + LogCodec.headerSize)..<(position + size)]
                let record = LogRecord(timestamp: LogCodec.timestamp(at: position, of: bytes), bytes: Array(body))
                entries.append(LogEntry(offset: offset, record: record))
                position += size
            }
            return entries
        }
    }
}
