/// The members a Codable type reads, by the names of its coding keys.
public struct MemberTree: Sendable, Equatable {
    /// Of a structure, by name.
    public internal(set) var members: [String: MemberTree] = [:]
    /// What a list's elements or a map's values read.
    public var element: MemberTree? { elements.first }
    var elements: [MemberTree] = []
    /// The type reads keys: it is a structure, even one without members.
    public internal(set) var isStructure = false
    /// The type takes the value whole, as a document: it reads everything there is. Also
    /// where a type comes back to itself: what it reads there is told further out.
    public internal(set) var isOpaque = false
    /// Why recording stopped inside, if it did: the type refused every value that was tried.
    public internal(set) var failure: String?

    /// The paths of all places where recording stopped.
    var failures: [String] { failures(at: "") }

    private func failures(at path: String) -> [String] {
        (failure.map { ["\(path.isEmpty ? "." : path): \($0)"] } ?? [])
            + members.sorted { $0.key < $1.key }.flatMap { $1.failures(at: path.isEmpty ? $0 : "\(path).\($0)") }
            + elements.flatMap { $0.failures(at: path + "[]") }
    }
}
