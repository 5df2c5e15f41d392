import Crypto
import Documents
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

    /// The name of the directory that holds these layers; empty for none.
    static func name(of layers: [FunctionSpecification.Layer]) -> String {
        guard !layers.isEmpty else { return "" }
        let all = layers.map(\.hash).joined(separator: " ")
        return "opt-" + Hex.encode(SHA256.hash(data: Array(all.utf8)))
    }

    /// The directory that stands for `/opt`: all layers in one, a later one's files over an earlier one's. nil without layers.
    func layers(of specification: FunctionSpecification, from host: any FunctionHost) async throws -> String? {
        let name = Self.name(of: specification.layers)
        guard !name.isEmpty else { return nil }
        if let task = unpacked[name] { return try await task.value }
        let directory = directory
        let task = Task.detached { () async throws -> String in
            let temporary = "\(directory)/\(name).\(Identifier.uuid())"
            try DirectoryTree.make(temporary)
            do {
                for layer in specification.layers {
                    try ArchiveUnpacker.unpack(
                        try ZipArchive(try await host.layer(layer.archive)), into: temporary, replacing: true)
                }
                try DirectoryTree.move(temporary, to: "\(directory)/\(name)")
            } catch {
                DirectoryTree.remove(temporary)
                throw error
            }
            return "\(directory)/\(name)"
        }
        unpacked[name] = task
        do { return try await task.value } catch {
            unpacked[name] = nil
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
