extension LogFile {
    /// Removes segments from the front. Runs as a job only.
    func trim(before time: Int64?, beforeOffset offset: Int64?, size: Int?) throws {
        let segments = try loaded().segments
        var doomed: [LogSegment] = []
        var rest = segments.reduce(0) { $0 + $1.size }
        for segment in segments where segment.size > 0 {
            let isOver = size.map { rest > $0 } ?? false
            guard try isOver || isPast(indexed(segment), time, offset) else { break }
            doomed.append(segment)
            rest -= segment.size
        }
        guard !doomed.isEmpty else { return }
        if doomed.last?.base == segments.last?.base {
            // The log's next offset lives in the name of its last segment.
            try change { state in
                let next = state.segments.last?.next ?? 0
                state.segments.append(try roll(&state, to: next))
            }
        }
        for segment in doomed {
            // From the front and one by one: a crash in between leaves a log without a gap.
            try Posix.remove(segment.path)
            store.files.forget(segment.path)
            state.withLock { $0?.segments.removeAll { $0.base == segment.base } }
        }
    }

    private func isPast(_ segment: LogSegment, _ time: Int64?, _ offset: Int64?) -> Bool {
        if let offset, segment.next <= offset { return true }
        guard let time, let latest = segment.blocks?.lazy.map(\.latest).max() else { return false }
        return latest < time
    }

    /// Removes the log's files. Runs as a job only.
    func delete() throws {
        state.withLock { $0 = nil }
        // From the back, so that a crash in between leaves a log without a gap.
        for name in try Posix.names(in: directory).reversed() {
            try Posix.remove(directory + "/" + name)
            store.files.forget(directory + "/" + name)
        }
        if try Posix.isDirectory(directory) {
            try Posix.removeDirectory(directory)
            try Posix.syncDirectory(Posix.parentDirectory(directory))
        }
    }

    var hasFailed: Bool { state.withLock { $0?.failure != nil } }
}
