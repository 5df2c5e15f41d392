import Crypto
import Documents
import Kernel

/// Unpacked deployment packages and layers, one directory per archive, shared by all environments that run it.
///
/// Invariant: a directory lies there from when it was taken until its last taker has released it. Who changes a function
/// clears away what no one holds, and must not meet what an environment that is being started has just been given.
actor CodeCache {
    /// Directories that someone holds.
    struct Unpacked: Sendable {
        /// The function's package.
        var code: String
        /// What stands for `/opt`; nil without layers.
        var layers: String?
        fileprivate var names: [String]
    }

    private struct Entry {
        let number: Int
        let task: Task<String, any Error>
        var holders = 0
    }

    private let directory: String
    private var entries: [String: Entry] = [:]
    private var counter = 0

    init(directory: String) { self.directory = directory }

    /// The directories of a function's package and of its layers, unpacked now if they are not there. They are the taker's
    /// until ``release(_:)``.
    /// - Throws: ``EngineFault``; errors of the host.
    func take(_ specification: FunctionSpecification, from host: any FunctionHost) async throws -> Unpacked {
        let name = specification.codeHash
        let code = try await take(name) {
            try ArchiveUnpacker.unpack(try ZipArchive(try await host.code(of: specification)), into: $0)
        }
        var unpacked = Unpacked(code: code, names: [name])
        guard !specification.layers.isEmpty else { return unpacked }
        let stack = Self.name(of: specification.layers)
        do {
            unpacked.layers = try await take(stack) { target in
                // All layers in one, a later one's files over an earlier one's.
                for layer in specification.layers {
                    try ArchiveUnpacker.unpack(
                        try ZipArchive(try await host.layer(layer.archive)), into: target, replacing: true)
                }
            }
        } catch {
            release(unpacked)
            throw error
        }
        unpacked.names.append(stack)
        return unpacked
    }

    /// The taker needs these directories no more. They stay until ``sweep()``, for the next environment.
    func release(_ unpacked: Unpacked) {
        for name in unpacked.names { entries[name]?.holders -= 1 }
    }

    /// Removes the directories that no one holds.
    func sweep() {
        for (name, entry) in entries where entry.holders == 0 {
            entries[name] = nil
            DirectoryTree.remove("\(directory)/\(name)")
        }
    }

    /// The name of the directory that holds these layers.
    private static func name(of layers: [FunctionSpecification.Layer]) -> String {
        let all = layers.map(\.hash).joined(separator: " ")
        return "opt-" + Hex.encode(SHA256.hash(data: Array(all.utf8)))
    }

    private func take(_ name: String, _ fill: @escaping @Sendable (String) async throws -> Void) async throws -> String {
        var entry = entries[name] ?? begin(name, fill)
        entry.holders += 1
        entries[name] = entry
        do { return try await entry.task.value } catch {
            // Nobody has got it; the next one tries again.
            if entries[name]?.number == entry.number { entries[name] = nil }
            throw error
        }
    }

    private func begin(_ name: String, _ fill: @escaping @Sendable (String) async throws -> Void) -> Entry {
        let target = "\(directory)/\(name)"
        counter += 1
        let task = Task.detached { () async throws -> String in
            let temporary = "\(target).\(Identifier.uuid())"
            try DirectoryTree.make(temporary)
            do {
                try await fill(temporary)
                try DirectoryTree.move(temporary, to: target)
            } catch {
                DirectoryTree.remove(temporary)
                throw error
            }
            return target
        }
        return Entry(number: counter, task: task)
    }
}
