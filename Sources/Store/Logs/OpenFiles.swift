import Synchronization

/// Files kept open, the least recently used let go. A file in use stays open until its user is done.
final class OpenFiles: Sendable {
    private struct State {
        var files: [String: (file: PosixFile, use: UInt64)] = [:]
        var uses: UInt64 = 0
    }

    private let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) { self.countMax = countMax }

    func open(_ path: String, _ mode: PosixFile.Mode = .readWrite) throws -> PosixFile {
        let known = state.withLock { state -> PosixFile? in
            state.uses += 1
            state.files[path]?.use = state.uses
            return state.files[path]?.file
        }
        if let known { return known }
        let file = try PosixFile(path, mode)
        state.withLock { state in
            if state.files.count >= countMax, let oldest = state.files.min(by: { $0.value.use < $1.value.use }) {
                state.files[oldest.key] = nil
            }
            state.files[path] = (file, state.uses)
        }
        return file
    }

    /// Called when a file is removed.
    func forget(_ path: String) { state.withLock { $0.files[path] = nil } }
}
