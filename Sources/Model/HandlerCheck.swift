/// Holds the Swift types of handlers against the model: names the model doesn't have are mistakes, names a type doesn't
/// have are gaps.
///
/// Outputs are held the same way: by what they would read, so an output type is Codable too.
public enum HandlerCheck {
    /// Why a type can't be looked into.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// The members a type reads.
    ///
    /// - Parameter shape: gives strings of enumerations, lengths and kinds, so that the type finds what it expects.
    /// - Throws: ``Failure`` when the type's own `init(from:)` refuses all of that.
    public static func members(of type: any Decodable.Type, shape: Shape?) throws -> MemberTree {
        let recording = Recording(shape: shape)
        do { try recording.explore(type) } catch { throw Failure(description: "\(type): \(error)") }
        let tree = recording.tree
        guard tree.failures.isEmpty else {
            throw Failure(description: "\(type): \(tree.failures.joined(separator: "; "))")
        }
        return tree
    }

    /// The paths of members the type asks for and the shape doesn't have; `[]` after a list or map. Sorted.
    public static func unknownMembers(_ type: any Decodable.Type, _ shape: Shape) throws -> [String] {
        unknown(try members(of: type, shape: shape), shape, path: "")
    }

    /// The paths of members the shape has and the type doesn't ask for, in the model's order; what is inside an unread
    /// member isn't listed.
    ///
    /// - Parameter onlyRequired: leave out what the model calls optional.
    public static func unreadMembers(
        _ type: any Decodable.Type, _ shape: Shape, onlyRequired: Bool = false
    ) throws -> [String] {
        unread(try members(of: type, shape: shape), shape, path: "", onlyRequired: onlyRequired)
    }

    private static func unknown(_ tree: MemberTree, _ shape: Shape, path: String) -> [String] {
        guard shape.kind != .document else { return [] }
        var found: [String] = []
        for (name, inner) in tree.members.sorted(by: { $0.key < $1.key }) {
            let place = join(path, name)
            if let member = shape.member(name) {
                found += unknown(inner, member.shape, path: place)
            } else {
                found.append(place)
            }
        }
        if let inner = tree.element {
            if let element = (shape.element ?? shape.value)?.shape {
                found += unknown(inner, element, path: path + "[]")
            } else {
                found.append(path + "[]")
            }
        }
        return found
    }

    private static func unread(_ tree: MemberTree, _ shape: Shape, path: String, onlyRequired: Bool) -> [String] {
        if tree.isOpaque { return [] }
        if let inner = tree.element, let element = (shape.element ?? shape.value)?.shape {
            return unread(inner, element, path: path + "[]", onlyRequired: onlyRequired)
        }
        guard shape.kind == .structure else { return [] }
        return shape.members.flatMap { member -> [String] in
            let place = join(path, member.name)
            if let inner = tree.members[member.name] {
                return unread(inner, member.shape, path: place, onlyRequired: onlyRequired)
            }
            return onlyRequired && !member.isRequired ? [] : [place]
        }
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
