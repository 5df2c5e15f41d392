import Documents
import Kernel

/// A browser upload's policy: what its form may say
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html).
struct PostPolicy: Sendable {
    enum Condition: Sendable, Equatable {
        case equals(String, String)
        case startsWith(String, String)
        case length(Int64, Int64)
    }

    var expiration: Timestamp
    var conditions: [Condition]

    /// - Parameter json: decoded from the form's base64.
    /// - Throws: ``FormFault/badPolicy(_:)``.
    init(_ json: [UInt8]) throws {
        guard let document = try? JSON.parse(json), case .map = document else { throw FormFault.badPolicy("Invalid JSON.") }
        guard let text = document["expiration"]?.string else { throw FormFault.badPolicy("Policy missing expiration.") }
        guard let moment = Timestamp(iso8601: text) else {
            throw FormFault.badPolicy("Invalid 'expiration' value: '\(text)'")
        }
        guard let list = document["conditions"]?.list else { throw FormFault.badPolicy("Policy missing conditions.") }
        expiration = moment
        conditions = []
        guard list.count <= Limit.formFields else { throw FormFault.badPolicy("Too many conditions.") }
        for entry in list { conditions += try Self.read(entry) }
    }

    private static func read(_ entry: Document) throws -> [Condition] {
        if let members = entry.members {
            guard members.count == 1 else {
                throw FormFault.badPolicy("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
            }
            return try members.map { name, value in
                guard let text = value.string else {
                    throw FormFault.badPolicy("Invalid Simple-Condition: value must be a string.")
                }
                return .equals(name.lowercased(), text)
            }
        }
        guard let list = entry.list, list.count == 3, let kind = list[0].string?.lowercased() else {
            throw FormFault.badPolicy("Invalid Condition.")
        }
        if kind == "content-length-range" {
            guard let low = number(list[1]), let high = number(list[2]), low >= 0, high >= low else {
                throw FormFault.badPolicy("Invalid content-length-range.")
            }
            return [.length(low, high)]
        }
        guard let field = list[1].string, field.hasPrefix("$"), let value = list[2].string else {
            throw FormFault.badPolicy("Invalid Condition.")
        }
        switch kind {
        case "eq": return [.equals(field.dropFirst().lowercased(), value)]
        case "starts-with": return [.startsWith(field.dropFirst().lowercased(), value)]
        default: throw FormFault.badPolicy("Invalid Condition: unknown operation '\(kind)'.")
        }
    }

    private static func number(_ value: Document) -> Int64? { value.integer ?? value.string.flatMap { Int64($0) } }

    /// The sizes that the file may have.
    var length: (min: Int64, max: Int64)? {
        for case .length(let low, let high) in conditions { return (low, high) }
        return nil
    }

    /// Fields that no policy has to name.
    private static let free: Set<String> = ["awsaccesskeyid", "signature", "x-amz-signature", "policy", "file"]

    /// - Parameter fields: by lower-case name, with `bucket`.
    /// - Throws: ``FormFault/refused(_:)``.
    func check(_ fields: [String: String], now: Timestamp) throws {
        guard now < expiration else { throw FormFault.refused("Policy expired.") }
        var named: Set<String> = []
        for condition in conditions {
            switch condition {
            case .equals(let name, let value):
                named.insert(name)
                guard (fields[name] ?? "") == value else {
                    throw FormFault.refused("Policy Condition failed: [\"eq\", \"$\(name)\", \"\(value)\"]")
                }
            case .startsWith(let name, let value):
                named.insert(name)
                guard Self.starts(fields[name], with: value, in: name) else {
                    throw FormFault.refused("Policy Condition failed: [\"starts-with\", \"$\(name)\", \"\(value)\"]")
                }
            case .length: continue
            }
        }
        let extra = fields.keys.filter { name in
            !named.contains(name) && !Self.free.contains(name) && !name.hasPrefix("x-ignore-")
        }
        guard extra.isEmpty else { throw FormFault.refused("Extra input fields: \(extra.sorted().joined(separator: ", "))") }
    }

    /// Content types may be a list, each of which must begin so.
    private static func starts(_ value: String?, with prefix: String, in name: String) -> Bool {
        guard let value else { return prefix.isEmpty }
        guard name == "content-type" else { return value.hasPrefix(prefix) }
        return value.split(separator: ",").allSatisfy { $0.drop { $0 == " " }.hasPrefix(prefix) } || prefix.isEmpty
    }
}
