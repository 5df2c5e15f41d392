import Kernel

/// Unpacked deployment packages, one directory per archive, shared by all environments that run it.
actor CodeCache {
    private let directory: String
    private var unpacked: [String: Task<String, any Error>] = [:]

    init(directory: String) { self.directory = directory }

    /// The directory of an archive, unpacked now if it is not there.
    func path(for specification: FunctionSpecification, from host: any FunctionHost) async throws -> String {
        let hash = specification.codeHash
        if let task = unpacked[hash] { return try await task.value }
        let directory = directory
        let task = Task.detached { () async throws -> String in
            let archive = try ZipArchive(try await host.code(of: specification))
            let temporary = "\(directory)/\(hash).\(Identifier.uuid())"
            try DirectoryTree.make(temporary)
            do {
                try ArchiveUnpacker.unpack(archive, into: temporary)
                try DirectoryTree.move(temporary, to: "\(directory)/\(hash)")
            } catch {
                DirectoryTree.remove(temporary)
                throw error
            }
            return "\(directory)/\(hash)"
        }
        unpacked[hash] = task
        do { return try await task.value } catch {
            unpacked[hash] = nil
            throw error
        }
    }

    /// Forgets all archives but those of `hashes`.
    func keep(only hashes: Set<String>) {
        for hash in unpacked.keys where !hashes.contains(hash) {
            unpacked[hash] = nil
            DirectoryTree.remove("\(directory)/\(hash)")
        }
    }
}
